"""The life of a model as one page, for people who were not there."""

from __future__ import annotations

from datetime import datetime
from shlex import quote

from storage.records import ModelHistory
from workbench.report import (
    curve,
    drift_table,
    figures,
    gate_section,
    page,
    sentences,
    summary,
    version_table,
    window_table,
)
from workbench.report.markup import Markup, prose, tag
from workbench.report.summary import Life


def html(history: ModelHistory, *, made_at: datetime, project: str = "") -> str:
    """The page as one HTML file that needs no other.

    Args:
        history: The life of a model.
        made_at: When the page is made; stands on it.
        project: Name of the project; left out when empty.
    """
    life = summary.life(history)
    return page.page(
        f"{history.model.name}: {sentences.headline(life)}",
        _head(life, made_at, project),
        _performance(life),
        _drift(life),
        _windows(life),
        _gate(life),
        _versions(life),
        _foot(life),
    )


def _head(life: Life, made_at: datetime, project: str) -> Markup:
    made = tag("time", figures.moment(made_at), datetime=made_at.isoformat())
    standfirst = sentences.standfirst(life)
    return tag(
        "header",
        tag("p", sentences.byline(life, project), ". Made ", made, ".", class_="byline"),
        tag("h1", prose(sentences.headline(life))),
        tag("p", prose(standfirst), class_="standfirst") if standfirst else "",
    )


def _performance(life: Life) -> Markup:
    caption = (
        "Bands: 95 % intervals. A round mark stands where a challenger scored on the rows of that "
        "window, at the end of a stem from what was served: ✓ promoted, ✕ rejected, ‖ held, ! failed, "
        f"… open. {sentences.left_out(life)}"
    )
    return page.section(
        "How well it did",
        page.figure(curve.chart(life), prose(caption.strip())),
        empty="No window has been measured yet. A window is measured once its rows carry the target: "
        "add a file that has it, or the labels under the same key.",
    )


def _drift(life: Life) -> Markup:
    table = drift_table.table(life)
    note = (
        "Effect as a share of the column's limit: 1.00 is at the limit. ● drifted, ○ moved, "
        "not drifted. Largest mean impact first, which is effect times the column's share of the "
        "model's importance. Point at a cell for effect, limit and where it comes from, adjusted p "
        "and PSI."
    )
    return page.section(
        "What drifted",
        table,
        tag("p", note, class_="note") if table else "",
        intro=sentences.drift(life),
        empty="A window is compared as soon as a version is champion and a file arrives.",
    )


def _windows(life: Life) -> Markup:
    name = life.history.model.name
    if not life.chapters:
        return page.section(
            "Window by window",
            empty=f"Nothing has happened yet. Promote a version with `workbench model promote {name}@v1`, "
            "then add the next file with `workbench data add`.",
        )
    return page.section(
        "Window by window", window_table.table(life), intro=sentences.left_out(life)
    )


def _gate(life: Life) -> Markup:
    articles = gate_section.articles(life)
    return page.section(
        "What the gate said",
        *articles,
        intro=_GATE if articles else "",
        empty="No challenger was trained, so the gate was never asked.",
    )


def _versions(life: Life) -> Markup:
    table = version_table.table(life)
    note = (
        f"{life.metric} at registration is measured on the rows that each version was held against "
        "then; they differ, so compare versions by the chart and the gate, not down this column. A run is "
        "named with the dataset version it read: whether rows that judged it were among those it learned "
        "from is the gate's guard “leaked rows”."
    )
    return page.section(
        "Versions",
        table,
        tag("p", note, class_="note") if table else "",
        empty=f"{life.history.model.name} has no version. "
        f"`workbench model register RUN --as {life.history.model.name}` makes one.",
    )


def _foot(life: Life) -> Markup:
    name, experiment = map(quote, (life.history.model.name, life.history.model.experiment))
    label = quote(life.chapters[-1].window.version.label) if life.chapters else "DATASET"
    runs = [one.run_id for one in life.history.versions if one.run_id is not None]
    run = runs[-1] if runs else "N"
    return page.section(
        "How to see more, and how far to trust this",
        page.commands(
            [
                (f"workbench history {name}", "this history in the terminal; --json for programs"),
                (f"workbench drift show {label}", "one drift report, column by column"),
                (f"workbench runs list --experiment {experiment}", "the runs behind the versions"),
                (f"workbench runs show r{run}", "a run's parameters, code, data and environment"),
                (f"workbench model show {name}", "the versions with signature and proof"),
            ]
        ),
        page.paragraphs(_METHOD, _LIMITS),
    )


_GATE = (
    "Challenger and champion are judged on the same rows. A gain is challenger minus champion, in the "
    "direction in which larger is better; slices stand below all rows, the worst first, drawn to one scale "
    "for all gates. The p of a slice is that of being worse than the margin allows, Holm-adjusted."
)
_METHOD = (
    "A window is the rows that one dataset version added; both versions are measured on the same rows of "
    "it, with 95 % intervals, and averages are weighted by rows. A column drifts when its effect "
    "(Kolmogorov-Smirnov distance of numbers, total variation of categories, or the change of the share "
    "that is missing) reaches its limit and "
    "its Holm-adjusted p is at most .005; a calibrated limit is 1.25 times the largest effect between "
    "neighbouring blocks of time within the training rows."
)
_LIMITS = (
    "The intervals treat rows as independent, which rows of the same day are not, so they are narrower "
    "than what is really known; drift says that inputs moved, not that the model got worse. What was "
    "left alone is replayed on rows that came while other versions served: where predictions change what "
    "happens next, the comparison is only an estimate."
)
