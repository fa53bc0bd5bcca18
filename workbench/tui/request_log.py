"""The newest requests, answered and refused, as the endpoint's logs have them; read on the feed's thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from storage.records import Scalar
from workbench.tui import filters

if TYPE_CHECKING:
    from storage.records import AnsweredRequest
    from workbench.api import Workbench
    from workbench.services.access import AccessLine
    from workbench.tui.filters import Fields

SHOWN = 100
"""Requests that are listed."""
AT_ONCE = 200
"""Requests that are read at each look; of more that came since the last one, the others are passed over."""
LOOKED_THROUGH = 1000
"""Newest requests that a filter looks through."""
_NEVER = datetime.max.replace(tzinfo=UTC)
_LATE = timedelta(seconds=5)
"""How much later than others that came with it a long request may be logged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """One request."""

    request: str
    """Its id."""
    at: datetime
    model: str
    version: int | None
    """None: none was chosen."""
    role: str = "answer"
    """`answer` or `shadow`."""
    status: int = 200
    latency_ms: float | None = None
    rows: int = 0
    caller: str = ""
    """Name of the API key; empty: none was asked for."""
    label: str = ""
    """Of its first row; empty for a regression, and where it was refused."""
    score: float | None = None
    """Of its first row: the probability of the second class or the likeliest one, or the value; None: not kept."""
    is_binary: bool = False
    """Whether `score` is the probability of the second of two classes."""
    error: str = ""
    """Why it was refused, as the caller was told."""
    inputs: Mapping[str, Scalar] = field(default_factory=dict)
    """Its first row, key columns first; empty where it was not kept."""

    @property
    def key(self) -> tuple[str, str, int | None]:
        """What a row of the log stands for."""
        return self.request, self.role, self.version

    @property
    def probability(self) -> float | None:
        """Of the label; None where there is none."""
        if self.score is None or not self.label:
            return None
        return max(self.score, 1 - self.score) if self.is_binary else self.score

    @property
    def is_refused(self) -> bool:
        """Whether it was refused, or failed."""
        return self.status >= 400


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSeen:
    """The newest requests that match."""

    lines: tuple[RequestLine, ...]
    """Newest first."""
    looked_through: int
    """How many were held against the filter."""


def fields_of(line: RequestLine) -> Fields:
    """What a filter may ask of a request."""
    return {
        "model": line.model,
        "version": f"v{line.version}" if line.version is not None else "",
        "role": line.role,
        "status": line.status,
        "ms": line.latency_ms,
        "rows": line.rows,
        "key": line.caller,
        "label": line.label,
        "score": line.score,
        "error": line.error,
        "request": line.request,
        **{f"inputs.{name}": value for name, value in line.inputs.items()},
        **line.inputs,
    }


class LogReader:
    """Reads what came since the last time, and remembers the newest requests; for one thread but `seen`."""

    def __init__(self) -> None:
        self.seen: LogSeen | None = None
        """What was given last; None: nothing yet."""
        self._model: str | None = None
        self._known: dict[tuple[str, str, int | None], RequestLine] = {}

    def read(self, workbench: Workbench, model: str | None, query: str) -> LogSeen:
        """The newest requests to a model that match; those that no model was found for are always among them."""
        if model != self._model:
            self._model, self._known = model, {}
        self._catch_up(workbench, model)
        condition = filters.parse(query)
        newest = list(self._known.values())[: LOOKED_THROUGH if query.strip() else SHOWN]
        kept = [one for one in newest if filters.keeps(condition, fields_of(one))]
        self.seen = LogSeen(lines=tuple(kept[:SHOWN]), looked_through=len(newest))
        return self.seen

    def _catch_up(self, workbench: Workbench, model: str | None) -> None:
        newest = next(iter(self._known.values()), None)
        since = newest.at - _LATE if newest is not None else None
        limit = LOOKED_THROUGH if newest is None else AT_ONCE
        found = {
            line.key: line
            for one in workbench.recent_predictions(model, limit=limit, since=since)
            for line in [_of_prediction(one)]
        }
        latest = max((one.at for one in found.values()), default=_NEVER)
        refused = {
            line.key: line
            for one in workbench.recent_requests(limit=limit)
            for line in [_of_access(one)]
            if line.key not in found
            and (model is None or line.model in {model, ""})
            # Who is answered stands in the access log a moment earlier than in the prediction log.
            and (line.is_refused or line.at <= latest)
        }
        # What is known of a request from the prediction log is more than its line in the access log says.
        known = {**refused, **self._known, **found}
        ordered = sorted(
            known.values(), key=lambda line: (line.at, line.role == "answer"), reverse=True
        )
        self._known = {line.key: line for line in ordered[:LOOKED_THROUGH]}


def _of_prediction(one: AnsweredRequest) -> RequestLine:
    return RequestLine(
        request=one.request,
        at=one.at,
        model=one.model,
        version=one.version,
        role=one.role,
        latency_ms=one.latency_us / 1e3,
        rows=one.rows,
        caller=one.caller,
        label=one.label,
        score=max(one.scores, default=None) if one.label else next(iter(one.scores), None),
        is_binary=len(one.scores) == 1 and bool(one.label),
        inputs=one.sent,
    )


def _of_access(line: AccessLine) -> RequestLine:
    return RequestLine(
        request=line.id,
        at=datetime.fromtimestamp(line.at / 1e6, UTC),
        model=line.model,
        version=line.version or None,
        status=line.status,
        latency_ms=line.latency_us / 1e3,
        rows=line.rows,
        caller=line.key,
        error=line.error,
    )
