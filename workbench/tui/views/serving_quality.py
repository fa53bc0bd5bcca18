"""How good the answers turned out to be: realised performance window by window, and where labels are sent."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from storage.records import Evaluation, EvaluationRole, ModelSummary
from workbench.core import words
from workbench.tui import charts
from workbench.tui.views.parts import (
    Lines,
    against,
    dim,
    evaluation_series,
    window_name,
    wrapped_facts,
)
from workbench.tui.widgets.cells import wrapped
from workbench.tui.widgets.columns import Column, Row

EVALUATIONS = (
    Column(label="window"),
    Column(label="champion"),
    Column(label="value", align="right"),
    Column(label="95 %", drop=3),
    Column(label="frozen", align="right", drop=2),
    Column(label="gain", align="right"),
    Column(label="rows", align="right", drop=1),
    Column(label="from", drop=4),
)


def evaluation_rows(found: Sequence[Evaluation]) -> list[Row]:
    """What the champion of each window reached, beside the first version on the same rows, newest first."""
    frozen = {one.version: one for one in found if one.role is EvaluationRole.FROZEN}
    return [
        Row(
            key=one.version,
            cells=(
                window_name(one.window_start, one.window_end, one.version),
                f"v{one.model_version}",
                words.fixed(one.value),
                dim(words.interval(one.low, one.high, 3)),
                *_yardstick(one, frozen.get(one.version)),
                words.count(one.rows),
                dim(one.source),
            ),
        )
        for one in reversed(found)
        if one.role is EvaluationRole.CHAMPION
    ]


def quality_lines(found: Sequence[Evaluation], width: int, height: int) -> Lines:
    """The champion and the first version over the windows."""
    champion = [one for one in found if one.role is EvaluationRole.CHAMPION]
    frozen = [one for one in found if one.role is EvaluationRole.FROZEN]
    if not champion:
        return [dim("Shown once labelled rows have come for what was predicted.")]
    series = [
        evaluation_series("first version, frozen", frozen, "$series-2"),
        evaluation_series(champion[-1].metric, champion, "$series-1"),
    ]
    names = [window_name(one.window_start, one.window_end, one.version) for one in champion]
    return charts.line_chart(series, width, height, x_labels=names)


def quality_legend() -> Content:
    """What the colours of the quality chart mean."""
    return Content.assemble(
        ("━ ", "$series-1"), "champion of the window  ", ("━ ", "$series-2"), "first version"
    )


def label_lines(summary: ModelSummary | None, address: str, width: int) -> Lines:
    """Where labels are sent, so that the answers can be judged."""
    if summary is None:
        return []
    model = summary.model.name
    champion = summary.champion
    key = ", ".join(champion.signature.key) if champion is not None else ""
    if not key:
        said = f"{model} has no key column: what was predicted cannot be found again by its labels."
        return wrapped(dim(said), width)
    pairs: list[tuple[str, Content | str]] = [
        ("over HTTP", f"POST {address or 'http://127.0.0.1:PORT'}/labels/{model}"),
        ("from a file", f"workbench labels add {model} FILE"),
        ("joined by", key),
    ]
    said = "What turned out to be true may come with the next file of the dataset, or at once:"
    return [*wrapped(dim(said), width), *wrapped_facts(pairs, width)]


def _yardstick(one: Evaluation, frozen: Evaluation | None) -> tuple[Content | str, Content | str]:
    if frozen is None:
        return "", ""
    return words.fixed(frozen.value), against(one, frozen)
