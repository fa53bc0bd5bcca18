"""How the endpoint is doing, for machines: health, figures, and metrics for Prometheus."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State

from storage.records import Degradation, FiguresRecord, ProcessFigures
from workbench.core.figures_summary import summaries
from workbench.http.pages.metrics import Metrics
from workbench.services.serving import Endpoint

_metrics = Metrics()


@get("/metrics")
async def metrics(state: State, request: Request[Any, Any, Any]) -> Response[bytes]:
    """What Prometheus scrapes: the whole endpoint, whichever of its processes is asked."""
    record = await _counted(state)
    text, content_type = _metrics.text(record, request.headers.get("accept", ""))
    return Response(text, media_type=content_type)


@get("/figures")
async def figures(state: State) -> dict[str, Any]:
    """Requests a second, percentiles and errors of each version, and what is wrong."""
    record = await _counted(state)
    return {
        "at": _moment(record.at),
        "versions": summaries(record),
        "rejected": record.rejected,
        "waiting": sum(process.waiting for process in record.processes),
        "connections": sum(process.connections for process in record.processes),
        **_condition(record),
    }


@get("/health")
async def health(state: State) -> dict[str, Any]:
    """What is served, and what is not as it should be.

    Always 200: a load balancer that took a degraded endpoint away would turn a warning into an
    outage. Whether requests can be answered says /v2/health/ready.
    """
    record = await _counted(state)
    return {
        **_condition(record),
        "models": _answering(state["endpoint"]),
        "prediction_log": {
            "on": all(process.is_logging for process in record.processes),
            "dropped_rows": record.log_dropped_rows,
        },
        "workers": [_worker(process) for process in record.processes],
    }


HANDLERS: Sequence[Any] = (metrics, figures, health)


async def _counted(state: State) -> FiguresRecord:
    endpoint: Endpoint = state["endpoint"]
    return await endpoint.publisher.counted()


def _answering(endpoint: Endpoint) -> dict[str, Any]:
    """By model, who answers and with which weight, and who sees copies."""
    return {
        name: {
            "champion": plan.champion.version.number,
            "answers": [
                {
                    "version": share.served.version.number,
                    "alias": share.alias,
                    "weight": share.weight,
                }
                for share in plan.answers
            ],
            "shadows": [served.version.number for served in plan.shadows],
        }
        for name, plan in endpoint.routes.plans.items()
    }


def _condition(record: FiguresRecord) -> dict[str, Any]:
    return {
        "status": "degraded" if record.problems else "ok",
        "problems": [_problem(one) for one in record.problems],
    }


def _problem(one: Degradation) -> dict[str, str]:
    return {"kind": one.kind, "text": one.text, "since": _moment(one.since)}


def _worker(process: ProcessFigures) -> dict[str, Any]:
    return {
        "number": process.slot,
        "pid": process.pid,
        "started_at": _moment(process.started_at),
        "waiting": process.waiting,
        "connections": process.connections,
        "memory_bytes": process.memory_bytes,
    }


def _moment(at_us: int) -> str:
    return datetime.fromtimestamp(at_us / 1e6, UTC).isoformat(timespec="milliseconds")
