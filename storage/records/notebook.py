"""Runs as HTML for a notebook: one piece that needs nothing else, whatever the runs are called."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.records.runs import Metric, Run

MOST_METRICS = 8
"""Columns of metrics in a table of runs."""
SYSTEM = "system."
"""How the metrics begin that tell of the machine and not of the model."""

# Control characters, halves of characters, and switches of the writing direction.
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_CELL = "padding:.2em .8em;text-align:{align};border:0"
_COLOURS = {"running": "#0969da", "finished": "#1a7f37", "failed": "#cf222e", "killed": "#9a6700"}


def run_html(run: Run) -> str:
    """One run: what it is, its metrics and its params."""
    facts = {
        "experiment": run.experiment,
        "data": _data(run),
        "started": f"{run.started_at:%Y-%m-%d %H:%M} UTC by {run.created_by}",
        "took": _took(run),
        "tags": ", ".join(f"{key}={value}" for key, value in sorted(run.tags.items())),
        "why": run.error or "",
        "note": run.note,
    }
    shown = [(key, _text(value)) for key, value in facts.items() if value]
    metrics = [(key, _metric(one)) for key, one in _ordered(run.metrics).items()]
    params = [(key, _text(value)) for key, value in sorted(run.params.items())]
    return (
        f"<div><b>{_text(run.label)}</b> {_text(run.name)} {_state(run)}"
        f"{_table((), shown)}{_named('Metrics', metrics)}{_named('Params', params)}</div>"
    )


def runs_html(runs: Sequence[Run]) -> str:
    """A table with a row a run and the first metrics of all."""
    if not runs:
        return "<div>No runs.</div>"
    together: dict[str, Metric] = {}
    for run in runs:
        together = {**run.metrics, **together}
    keys = [key for key in _ordered(together) if not key.startswith(SYSTEM)][:MOST_METRICS]
    rows = [
        (
            run.label,
            _text(run.name),
            _text(run.experiment),
            _state(run),
            *(_metric(run.metrics.get(key)) for key in keys),
            _text(_data(run)),
            _text(f"{run.started_at:%Y-%m-%d %H:%M}"),
            _text(_took(run)),
        )
        for run in runs
    ]
    heads = ("run", "name", "experiment", "state", *keys, "data", "started", "took")
    return f"<div>{_table(heads, rows)}</div>"


def _named(title: str, rows: Sequence[tuple[str, str]]) -> str:
    return f"<div><b>{title}</b></div>{_table((), rows)}" if rows else ""


def _table(heads: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    """Rows of cells whose first is plain text and whose others are HTML."""
    head = "".join(_cell("th", _text(one)) for one in heads)
    body = "".join(
        f"<tr>{''.join(_cell('td', _text(one) if not place else one) for place, one in enumerate(row))}</tr>"
        for row in rows
    )
    top = f"<thead><tr>{head}</tr></thead>" if head else ""
    return f'<table style="border-collapse:collapse">{top}<tbody>{body}</tbody></table>'


def _cell(tag: str, inside: str) -> str:
    return f'<{tag} style="{_CELL.format(align="left")}">{inside}</{tag}>'


def _state(run: Run) -> str:
    colour = _COLOURS.get(run.state, "inherit")
    return f'<span style="color:{colour}">{_text(run.state)}</span>'


def _metric(metric: Metric | None) -> str:
    if metric is None:
        return "–"  # noqa: RUF001 - a dash for nothing
    interval = "" if metric.low is None else f" ({metric.low:.4g} to {metric.high:.4g})"
    return _text(f"{metric.value:.6g}{interval}")


def _ordered(metrics: Mapping[str, Metric]) -> dict[str, Metric]:
    """Metrics of the model first."""
    return dict(sorted(metrics.items(), key=lambda one: (one[0].startswith(SYSTEM), one[0])))


def _data(run: Run) -> str:
    return "" if run.dataset is None else f"{run.dataset}@v{run.version}"


def _took(run: Run) -> str:
    if run.ended_at is None:
        return ""
    return f"{(run.ended_at - run.started_at).total_seconds():.1f} s"


def _text(value: object) -> str:
    return html.escape(_UNWRITABLE.sub("\ufffd", str(value)), quote=True)
