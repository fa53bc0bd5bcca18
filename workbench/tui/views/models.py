"""What the lists of the Models screen say: models with their aliases, versions with proof and verdict."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from textual.content import Content

from storage.records import CHAMPION, GateReview, ModelSummary, ModelVersion, Parity
from workbench.core import words
from workbench.core.metric_order import is_lower_better
from workbench.tui import charts, filters
from workbench.tui.model_lists import ModelsSeen
from workbench.tui.theme import BAD, GOOD, state_word
from workbench.tui.views.gate import gain
from workbench.tui.views.parts import dim
from workbench.tui.views.run_list import MARKED
from workbench.tui.widgets.columns import Column, Row

MODELS = (
    Column(label="model", stretches=True),
    Column(label="champion"),
    Column(label="other aliases", drop=3, most=26),
    Column(label="versions", align="right", drop=2),
    Column(label="in service", width=12, drop=1),
    Column(label="now", align="right", drop=4),
)
_SPARK = 12


def columns(metric: str = "", found: Sequence[ModelVersion] = ()) -> tuple[Column, ...]:
    """How the versions are laid out.

    Args:
        metric: What their experiment is judged by; empty: nobody knows.
        found: The versions; tags have a column where one of them has any.
    """
    return (
        Column(label="", width=1),
        Column(label=""),
        Column(label="alias", most=22),
        Column(label=metric or "quality", align="right", drop=3, most=9),
        Column(label="±", align="right", drop=4),
        Column(label="gain", align="right", drop=2),
        Column(label="parity", drop=1),
        Column(label="verdict", drop=1),
        *([Column(label="tags", drop=6, most=16)] if any(one.tags for one in found) else []),
        Column(label="data", drop=7),
        Column(label="made", align="right", drop=5),
    )


def model_rows(found: ModelsSeen) -> list[Row]:
    """Models with their aliases and how the champion of each window did."""
    return [
        Row(
            key=one.model.name,
            cells=(
                one.model.name,
                Content.styled(f"● v{one.champion.number}", "$success")
                if one.champion
                else dim("none"),
                _others(found.aliases.get(one.model.name, {})),
                words.count(one.versions),
                charts.sparkline([e.value for e in one.champion_evaluations], _SPARK),
                _now(one),
            ),
        )
        for one in found.models
    ]


def version_rows(
    found: Sequence[ModelVersion],
    reviews: Mapping[int, GateReview],
    metric: str,
    now: datetime,
    *,
    marked: Collection[int] = (),
) -> list[Row]:
    """Versions of a model, newest first, with proof and verdict, laid out as `columns` says.

    Metrics were measured on the test rows of each version's own run; only the gate's gain compares on the same rows.
    """
    are_tagged = any(one.tags for one in found)
    return [
        Row(
            key=one.number,
            cells=(
                Content.styled(*MARKED) if one.number in marked else "",
                f"v{one.number}",
                aliases(one),
                words.fixed(one.metrics.get(metric)),
                _half(one, metric),
                gain(reviews[one.number].decision) if one.number in reviews else "",
                _proof(one),
                state_word(reviews[one.number].decision.verdict) if one.number in reviews else "",
                *([dim(_tags(one))] if are_tagged else []),
                dim(words.versioned(one.dataset, one.version)),
                dim(words.ago(one.created_at, now)),
            ),
        )
        for one in found
    ]


def version_fields(one: ModelVersion) -> filters.Fields:
    """What a filter can ask of a model version."""
    return {
        **one.metrics,
        "version": f"v{one.number}",
        "alias": " ".join(one.aliases),
        "run": one.origin,
        "parity": "passed" if one.parity.passed else "failed",
        "override": one.override or "",
        "data": words.versioned(one.dataset, one.version),
        "by": one.created_by,
        "note": one.note,
        **{f"tags.{key}": value for key, value in one.tags.items()},
        "tags": _tags(one),
    }


def title(model: str, marked: Collection[int]) -> str:
    """What the list of versions is called."""
    return f"Versions of {model}" + (f"  {len(marked)} marked" if marked else "")


def aliases(one: ModelVersion) -> Content:
    """The aliases of a version, that which is served first and set off."""
    first = [Content.styled("● champion", "$success")] if CHAMPION in one.aliases else []
    others = [Content(name) for name in one.aliases if name != CHAMPION]
    return Content(" ").join([*first, *others])


def proof_sign(parity: Parity) -> Content:
    """Whether a proof holds, and by how much the answers differ."""
    told = words.number(parity.max_abs_diff, digits=2)
    return Content.styled(*(GOOD if parity.passed else BAD)).append(dim(f" {told}"))


def _tags(one: ModelVersion) -> str:
    return " ".join(f"{key}={value}" for key, value in one.tags.items())


def _proof(one: ModelVersion) -> Content:
    sign = proof_sign(one.parity)
    return sign if one.override is None else Content.assemble(sign, (" overridden", "$warning"))


def _half(one: ModelVersion, metric: str) -> Content:
    """The larger half of the 95 % interval."""
    bounds, value = one.intervals.get(metric), one.metrics.get(metric)
    if bounds is None or value is None:
        return Content("")
    return dim(words.short(max(bounds[1] - value, value - bounds[0]), 4))


def _others(pointed: Mapping[str, int]) -> Content:
    told = [f"{alias} v{number}" for alias, number in pointed.items() if alias != CHAMPION]
    return dim("  ".join(told))


def _now(one: ModelSummary) -> Content:
    """The newest realised value; red where it lies beyond the interval of the one before."""
    found = one.champion_evaluations
    if not found:
        return Content("")
    newest, told = found[-1], words.fixed(found[-1].value, 3)
    if len(found) < 2:
        return Content(told)
    is_down = (
        newest.low > found[-2].high
        if is_lower_better(newest.metric)
        else newest.high < found[-2].low
    )
    return Content.styled(f"▼ {told}", "$error") if is_down else Content(told)
