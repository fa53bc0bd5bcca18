"""What the Serve screen says: processes, the champion behind each address, and how it does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.content import Content

from storage.records import Evaluation, EvaluationRole, ModelSummary, ServiceStatus
from workbench.core import words
from workbench.tui import charts
from workbench.tui.theme import light
from workbench.tui.views.parts import (
    Lines,
    against,
    dim,
    evaluation_series,
    facts,
    heading,
    window_name,
)
from workbench.tui.widgets.columns import Row

MEANING = {
    "up": "starts the others and starts them again",
    "worker": "runs jobs",
    "watch": "reads files that arrive",
    "serve": "answers requests",
}
"""What each process of a project does."""
_INPUTS = 3
"""Input columns written out in the example request."""


def service_rows(found: Sequence[ServiceStatus], now: datetime) -> list[Row]:
    """The processes of the project."""
    return [
        Row(
            key=one.name,
            cells=(
                light(is_on=one.is_running),
                one.name,
                "running" if one.is_running else dim("off"),
                dim(MEANING.get(one.name, "")),
                one.address or "",
                words.duration((now - one.started_at).total_seconds()) if one.started_at else "",
                str(one.pid) if one.pid is not None and one.is_running else "",
                words.count(one.restarts),
            ),
        )
        for one in found
    ]


def endpoint_lines(
    models: Sequence[ModelSummary], services: Sequence[ServiceStatus], width: int
) -> Lines:
    """Each model with what answers for it and how to ask it."""
    serve = next((one for one in services if one.name == "serve" and one.is_running), None)
    lines: Lines = []
    for summary in models:
        champion = summary.champion
        lines += [Content("")] if lines else []
        if champion is None:
            lines.append(Content.assemble(heading(summary.model.name), dim("  no champion yet")))
            continue
        lines.append(
            Content.assemble(
                light(is_on=serve is not None),
                " ",
                heading(summary.model.name),
                ("  champion ", "$muted"),
                (f"v{champion.number}", "$success"),
                dim(f"  {champion.signature.task}, parity "),
                words.number(champion.parity.max_abs_diff, digits=2),
            )
        )
        lines += _request(summary, serve, width)
    return lines


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


def _request(summary: ModelSummary, serve: ServiceStatus | None, width: int) -> Lines:
    if serve is None or serve.address is None:
        return [dim("  No endpoint is running. Start it: workbench up, or workbench serve")]
    champion = summary.champion
    names = champion.signature.names[:_INPUTS] if champion else ()
    more = ", …" if champion and len(champion.signature.inputs) > _INPUTS else ""
    address = f"{serve.address}/v2/models/{summary.model.name}/infer"
    return [
        line
        for line in facts(
            [
                ("POST", address),
                ("columns", f"{', '.join(names)}{more}"),
                ("health", f"{serve.address}/v2/health/ready"),
            ],
            indent=2,
        )
        if line.cell_length or width
    ]


def _yardstick(one: Evaluation, frozen: Evaluation | None) -> tuple[Content | str, Content | str]:
    if frozen is None:
        return "", ""
    return words.fixed(frozen.value), against(one, frozen)
