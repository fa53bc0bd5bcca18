"""What the endpoint counts: per model version, per process, and what is not as it should be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

STEP_US = 10_000_000
STEPS = 90
"""Steps that are kept: 15 minutes."""
SCORE_BINS = 20
"""Of a histogram of scores, all equally wide."""

Buckets = Mapping[int, int]
"""How many values fell into a bucket, by its number; buckets with none are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Ten seconds of one version."""

    at: int
    """Its beginning, in microseconds since 1970."""
    requests: int = 0
    rows: int = 0
    client_errors: int = 0
    """Requests that were refused for what the caller sent."""
    server_errors: int = 0
    latency: Buckets = field(default_factory=dict)
    scores: Buckets = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowFigures:
    """How a version that answers nobody compares with the one that answered."""

    requests: int = 0
    """Compared ones."""
    rows: int = 0
    agreeing: int = 0
    """Rows with the same class, or a value as near as the model's own proof asks for."""
    difference: float = 0.0
    """Sum over the rows of the absolute difference of the scores."""
    largest: float = 0.0
    dropped: int = 0
    """Requests that were not copied, since too many waited."""
    failed: int = 0
    """Requests at which the shadow failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionFigures:
    """What one version did in one role since the endpoint's start, and in the last 15 minutes.

    Model "" and version 0 stand for requests that were refused before one was chosen.
    """

    model: str
    version: int
    role: str = "answer"
    """`answer` or `shadow`."""
    requests: int = 0
    """Answered ones."""
    rows: int = 0
    calls: int = 0
    """Calls of the model; requests that come together share one."""
    latency: Buckets = field(default_factory=dict)
    latency_us: int = 0
    """Sum over the requests."""
    latency_max_us: int = 0
    request_rows: Buckets = field(default_factory=dict)
    call_rows: Buckets = field(default_factory=dict)
    errors: Mapping[int, int] = field(default_factory=dict)
    """Refused and failed requests by HTTP status."""
    warnings: Mapping[str, int] = field(default_factory=dict)
    """Values that training never saw, by kind."""
    score_low: float = 0.0
    score_high: float = 1.0
    """Range over which the bins of `Step.scores` lie; what is outside is in the first or last."""
    loads: int = 0
    load_failures: int = 0
    load_s: float = 0.0
    """How long the latest load took, warming and its sample included."""
    loaded_at: int = 0
    last_at: int = 0
    """When it last answered or refused, in microseconds since 1970; 0: never."""
    shadow: ShadowFigures = ShadowFigures()
    steps: tuple[Step, ...] = ()
    """Oldest first; ten seconds in which nothing happened have none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessFigures:
    """One process of the endpoint at the moment it last looked."""

    slot: int
    """Its number among the processes that share the port, from 0."""
    pid: int
    at: int
    """Microseconds since 1970."""
    started_at: int
    waiting: int = 0
    """Requests that wait for an answer."""
    connections: int = 0
    memory_bytes: int = 0
    is_logging: bool = True
    """Whether predictions are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Degradation:
    """Something that is not as it should be."""

    kind: str
    text: str
    since: int
    """Microseconds since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresRecord:
    """What an endpoint counted: of one of its processes, or of all together."""

    endpoint: str = ""
    """Names one life of the endpoint; empty: there was none yet."""
    is_running: bool = True
    at: int = 0
    """When the newest part of it was counted, in microseconds since 1970."""
    processes: tuple[ProcessFigures, ...] = ()
    versions: tuple[VersionFigures, ...] = ()
    rejected: Mapping[str, int] = field(default_factory=dict)
    """Requests and connections that were turned away, by reason."""
    log_dropped_rows: int = 0
    """Rows that the prediction log did not keep."""
    problems: tuple[Degradation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionSummary:
    """What a person wants to know of one version in one role."""

    model: str
    version: int
    role: str
    requests: int
    rows: int
    client_errors: int
    server_errors: int
    requests_per_s: float
    """Over the last ten seconds."""
    p50_us: float | None
    """Latencies of the last 15 minutes, or since the start when there were none; None: there were never any."""
    p95_us: float | None
    p99_us: float | None
    rows_per_call: float | None
    last_at: int
    agreeing: float | None
    """Share of a shadow's rows with the answer that was given; None: nothing was compared."""
    mean_difference: float | None
    largest_difference: float | None
    trend: tuple[int, ...]
    """Requests of each ten seconds of the last 15 minutes, oldest first, the going ones last; errors included."""
