"""The endpoint's figures as Prometheus scrapes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.openmetrics import exposition as open_metrics
from prometheus_client.registry import Collector

import workbench
from storage.records import Buckets, FiguresRecord, VersionFigures
from workbench.core.figures import ANSWER, SHADOW
from workbench.core.latencies import BOUNDS_US, ROW_BOUNDS

SHOWN_US = (
    50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
    1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000,
)  # fmt: skip
"""Bounds of the latency histogram that is shown; all are bounds of the finer one that is counted."""
SHOWN_ROWS = (1, 4, 16, 64, 256, 1024, 4096, 16384)
KEPT = 10
"""Versions of a model that are shown however long they have been idle: those loaded last."""
IDLE_US = 86_400_000_000

_VERSION = ("model", "version")


class Metrics:
    """Writes what was counted as text; all calls on one thread."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._figures = _Figures()
        self._registry.register(self._figures)
        ProcessCollector(registry=self._registry)

    def text(self, record: FiguresRecord, accept: str) -> tuple[bytes, str]:
        """The text, and its content type: OpenMetrics where `accept`, a request's header, asks for that."""
        self._figures.record = record
        if asks_for_open_metrics(accept):
            encode: Callable[[Collector], bytes] = open_metrics.generate_latest
            return encode(self._registry), open_metrics.CONTENT_TYPE_LATEST
        return generate_latest(self._registry), CONTENT_TYPE_PLAIN_0_0_4


def asks_for_open_metrics(accept: str) -> bool:
    """Whether a request's `accept` names OpenMetrics, in whatever version."""
    # Not by the library's choice of encoder: a version that is no number brings it down.
    names = (one.partition(";")[0].strip().lower() for one in accept.split(","))
    return "application/openmetrics-text" in names


class _Figures(Collector):
    """Gives the metrics of the record that was set last."""

    def __init__(self) -> None:
        self.record = FiguresRecord()

    def collect(self) -> Iterator[Metric]:
        """All metrics of the endpoint."""
        record = self.record
        versions = shown(record)
        yield from _of_answers([one for one in versions if one.role == ANSWER])
        yield from _of_shadows([one for one in versions if one.role == SHADOW])
        yield from _of_processes(record)


def shown(record: FiguresRecord) -> list[VersionFigures]:
    """The versions that a scrape tells of: all but those replaced long ago.

    An endpoint that takes a new version every night for years would else send thousands of series
    that never change again.
    """
    newest: dict[str, list[int]] = {}
    for one in record.versions:
        newest.setdefault(one.model, []).append(one.loaded_at)
    since = {model: sorted(loads)[-KEPT:][0] for model, loads in newest.items()}
    return [
        one
        for one in record.versions
        if one.loaded_at >= since[one.model]
        or max(one.last_at, one.loaded_at) >= record.at - IDLE_US
    ]


def _of_answers(versions: Sequence[VersionFigures]) -> Iterator[Metric]:
    requests = CounterMetricFamily(
        "workbench_requests", "Requests by the status of their reply.", labels=(*_VERSION, "code")
    )
    errors = CounterMetricFamily(
        "workbench_errors",
        "Requests that were refused (client) or failed (server).",
        labels=(*_VERSION, "kind"),
    )
    warnings = CounterMetricFamily(
        "workbench_warnings", "Values that training never saw.", labels=(*_VERSION, "kind")
    )
    loads = CounterMetricFamily(
        "workbench_model_loads", "Times a version was loaded, by all workers.", labels=_VERSION
    )
    failures = CounterMetricFamily(
        "workbench_model_load_failures",
        "Times a version could not be loaded, or failed its sample.",
        labels=_VERSION,
    )
    seconds = GaugeMetricFamily(
        "workbench_model_load_seconds",
        "How long the latest load took, warming included.",
        labels=_VERSION,
    )
    for one in versions:
        names = _names(one)
        if one.requests:
            requests.add_metric((*names, "200"), one.requests)
        for status, count in sorted(one.errors.items()):
            requests.add_metric((*names, str(status)), count)
        for kind, count in _by_kind(one.errors).items():
            errors.add_metric((*names, kind), count)
        for kind, count in sorted(one.warnings.items()):
            warnings.add_metric((*names, kind), count)
        if one.version:
            loads.add_metric(names, one.loads)
            failures.add_metric(names, one.load_failures)
        if one.loads:
            seconds.add_metric(names, one.load_s)
    yield from (requests, errors, warnings, loads, failures, seconds)
    answering = [one for one in versions if one.version]
    yield _durations(
        "workbench_request_duration_seconds",
        "From the request's first byte to its reply.",
        answering,
    )
    yield _counter("workbench_inference_rows", "Rows that were answered.", answering, "rows")
    yield _rows("workbench_request_rows", "Rows of a request.", answering, "request_rows")
    yield _rows(
        "workbench_batch_rows",
        "Rows of one call of the model, which requests that come together share.",
        answering,
        "call_rows",
    )


def _of_shadows(versions: Sequence[VersionFigures]) -> Iterator[Metric]:
    parts = {
        "requests": "Requests at which a shadow was compared with the answer.",
        "rows": "Rows at which a shadow was compared with the answer.",
        "agreeing_rows": "Rows at which a shadow agreed with the answer.",
        "difference": "Sum of the absolute differences of a shadow's scores.",
        "dropped": "Requests that were not copied to a shadow, since too many waited.",
        "failed": "Requests at which a shadow failed.",
    }
    found = {
        name: CounterMetricFamily(f"workbench_shadow_{name}", help_, labels=_VERSION)
        for name, help_ in parts.items()
    }
    largest = GaugeMetricFamily(
        "workbench_shadow_largest_difference",
        "Largest absolute difference of a shadow's score.",
        labels=_VERSION,
    )
    for one in versions:
        names, shadow = _names(one), one.shadow
        values = {
            "requests": shadow.requests,
            "rows": shadow.rows,
            "agreeing_rows": shadow.agreeing,
            "difference": shadow.difference,
            "dropped": shadow.dropped,
            "failed": shadow.failed,
        }
        for name, value in values.items():
            found[name].add_metric(names, value)
        largest.add_metric(names, shadow.largest)
    yield from found.values()
    yield largest
    yield _durations(
        "workbench_shadow_duration_seconds", "How long a shadow took to answer.", versions
    )


def _of_processes(record: FiguresRecord) -> Iterator[Metric]:
    rejected = CounterMetricFamily(
        "workbench_rejected", "Requests and connections that were turned away.", labels=("reason",)
    )
    for reason, count in sorted(record.rejected.items()):
        rejected.add_metric((reason,), count)
    yield rejected
    gauges = {
        "workbench_queue_requests": ("Requests that wait for an answer.", "waiting"),
        "workbench_open_connections": ("Open connections.", "connections"),
        "workbench_worker_memory_bytes": ("Memory that a worker holds.", "memory_bytes"),
        "workbench_prediction_log_on": ("Whether predictions are kept: 1 or 0.", "is_logging"),
    }
    for name, (help_, attribute) in gauges.items():
        gauge = GaugeMetricFamily(name, help_, labels=("worker",))
        for process in record.processes:
            gauge.add_metric((str(process.slot),), getattr(process, attribute))
        yield gauge
    started = GaugeMetricFamily(
        "workbench_worker_start_time_seconds",
        "When a worker started, since 1970.",
        labels=("worker",),
    )
    for process in record.processes:
        started.add_metric((str(process.slot),), process.started_at / 1e6)
    yield started
    yield CounterMetricFamily(
        "workbench_prediction_log_dropped_rows",
        "Rows that the prediction log did not keep.",
        value=record.log_dropped_rows,
    )
    degraded = GaugeMetricFamily(
        "workbench_degraded",
        "1 for each thing that is not as it should be; /health has the words.",
        labels=("problem",),
    )
    for problem in record.problems:
        degraded.add_metric((problem.kind,), 1)
    yield degraded
    build = GaugeMetricFamily("workbench_build_info", "The program's version.", labels=("version",))
    build.add_metric((workbench.__version__,), 1)
    yield build


def _names(one: VersionFigures) -> tuple[str, str]:
    return one.model, str(one.version) if one.version else ""


def _by_kind(errors: Mapping[int, int]) -> dict[str, int]:
    kinds: dict[str, int] = {}
    for status, count in errors.items():
        kind = "client" if status < 500 else "server"
        kinds[kind] = kinds.get(kind, 0) + count
    return dict(sorted(kinds.items()))


def _counter(
    name: str, help_: str, versions: Iterable[VersionFigures], attribute: str
) -> CounterMetricFamily:
    counter = CounterMetricFamily(name, help_, labels=_VERSION)
    for one in versions:
        counter.add_metric(_names(one), getattr(one, attribute))
    return counter


def _durations(name: str, help_: str, versions: Iterable[VersionFigures]) -> HistogramMetricFamily:
    histogram = HistogramMetricFamily(name, help_, labels=_VERSION)
    labels = [repr(bound / 1e6) for bound in SHOWN_US]
    for one in versions:
        counts = _up_to(one.latency, BOUNDS_US, SHOWN_US)
        buckets = [*zip(labels, counts, strict=True), ("+Inf", one.requests)]
        histogram.add_metric(_names(one), buckets, one.latency_us / 1e6)
    return histogram


def _rows(
    name: str, help_: str, versions: Iterable[VersionFigures], attribute: str
) -> HistogramMetricFamily:
    histogram = HistogramMetricFamily(name, help_, labels=_VERSION)
    labels = [repr(float(bound)) for bound in SHOWN_ROWS]
    for one in versions:
        sparse: Buckets = getattr(one, attribute)
        counts = _up_to(sparse, ROW_BOUNDS, SHOWN_ROWS)
        buckets = [*zip(labels, counts, strict=True), ("+Inf", sum(sparse.values()))]
        histogram.add_metric(_names(one), buckets, one.rows)
    return histogram


def _up_to(sparse: Buckets, bounds: Sequence[int], shown: Sequence[int]) -> list[int]:
    """How many values were at most each of the shown bounds."""
    running = list(accumulate(sparse.get(bucket, 0) for bucket in range(len(bounds))))
    return [running[bounds.index(bound)] for bound in shown]
