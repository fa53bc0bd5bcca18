"""What is looked up rather than computed: health, metadata and a page for people (Litestar)."""

from __future__ import annotations

import html
import json
import logging
from typing import Any, cast

from litestar import Litestar, MediaType, Request, Response, get
from litestar.datastructures import State
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException

import workbench
from storage.errors import Problem
from storage.records import InputColumn, InputType, Signature
from workbench.http import v2
from workbench.http.asgi import Application
from workbench.http.replies import sentence, status_of
from workbench.services.served import Served
from workbench.services.serving import Endpoint

EXAMPLES = {InputType.NUMBER: 1.5, InputType.INTEGER: 1, InputType.BOOLEAN: True}

_log = logging.getLogger(__name__)


def pages(endpoint: Endpoint) -> Application:
    """The application that answers every path but those that score rows."""
    application = Litestar(
        route_handlers=[
            home,
            health,
            server,
            live,
            ready,
            model,
            model_version,
            model_ready,
            model_version_ready,
        ],
        state=State({"endpoint": endpoint}),
        exception_handlers={
            Problem: _show_problem,
            HTTPException: _show_http,
            Exception: _show_failure,
        },
        openapi_config=None,
        logging_config=None,
    )
    return cast("Application", application)


@get("/v2", sync_to_thread=False)
def server() -> dict[str, Any]:
    """Who answers here."""
    return {"name": "workbench", "version": workbench.__version__, "extensions": []}


@get("/v2/health/live", sync_to_thread=False)
def live() -> dict[str, bool]:
    """Whether the process answers."""
    return {"live": True}


@get("/v2/health/ready", sync_to_thread=False)
def ready(state: State) -> Response[dict[str, Any]]:
    """Whether every model that has a champion is answered for."""
    unready = _endpoint(state).routes.unready
    if unready:
        return Response({"ready": False, "error": unready}, status_code=503)
    return Response({"ready": True})


@get("/v2/models/{name:str}", sync_to_thread=False)
def model(state: State, name: str) -> v2.ModelMetadata:
    """What a model takes and gives."""
    return v2.metadata(_find(state, name))


@get("/v2/models/{name:str}/versions/{number:str}", sync_to_thread=False)
def model_version(state: State, name: str, number: str) -> v2.ModelMetadata:
    """What a version of a model takes and gives."""
    return v2.metadata(_find(state, name, number))


@get("/v2/models/{name:str}/ready", sync_to_thread=False)
def model_ready(state: State, name: str) -> dict[str, Any]:
    """Whether a model is answered for."""
    served = _find(state, name)
    return {"name": served.version.model, "ready": True}


@get("/v2/models/{name:str}/versions/{number:str}/ready", sync_to_thread=False)
def model_version_ready(state: State, name: str, number: str) -> dict[str, Any]:
    """Whether a version of a model answers."""
    served = _find(state, name, number)
    return {"name": served.version.model, "ready": True}


@get("/health", sync_to_thread=False)
def health(state: State) -> dict[str, Any]:
    """What is served, and what is not as it should be."""
    endpoint = _endpoint(state)
    routes, log = endpoint.routes, endpoint.predictions
    problems = [refusal.reason for refusal in routes.refused.values()]
    if routes.unready and routes.unready not in problems:
        problems.append(routes.unready)
    if not log.is_on:
        problems.append("Predictions are no longer logged.")
    return {
        "status": "degraded" if problems else "ok",
        "problems": problems,
        "models": {name: served.version.number for name, served in routes.champions.items()},
        "prediction_log": {"on": log.is_on, "dropped_rows": log.dropped_rows},
    }


@get("/", media_type=MediaType.HTML, sync_to_thread=False)
def home(state: State, request: Request[Any, Any, Any]) -> str:
    """The models and how to ask them, for people."""
    routes = _endpoint(state).routes
    sections = [_section(served, str(request.base_url)) for served in routes.champions.values()]
    notes = [refusal.reason for refusal in routes.refused.values()]
    if routes.unready and routes.unready not in notes:
        notes.append(routes.unready)
    warnings = "".join(f"<p><strong>Note:</strong> {html.escape(note)}</p>" for note in notes)
    return _PAGE.format(body=warnings + "".join(sections))


def example_row(signature: Signature) -> dict[str, Any]:
    """A row that the model takes."""
    return {column.name: _example(column) for column in signature.inputs}


def _example(column: InputColumn) -> Any:
    if column.type is InputType.STRING:
        return column.categories[0] if column.categories else "text"
    if column.minimum is None:
        return EXAMPLES[column.type]
    return int(column.minimum) if column.type is InputType.INTEGER else column.minimum


def _type_of(column: InputColumn) -> str:
    return "moment, ISO 8601 or seconds since 1970" if column.is_moment else column.type.value


def _section(served: Served, base_url: str) -> str:
    version = served.version
    body = json.dumps({"rows": [example_row(version.signature)]}, ensure_ascii=False, indent=2)
    quoted = body.replace("'", "'\\''")
    address = f"{base_url}predict/{version.model}"
    command = f"curl -s '{address}' -H 'content-type: application/json' -d '{quoted}'"
    inputs = "".join(
        f"<tr><td>{html.escape(column.name)}</td><td>{_type_of(column)}</td>"
        f"<td>{'may be null' if column.nullable else ''}</td></tr>"
        for column in version.signature.inputs
    )
    return (
        f"<h2>{html.escape(version.label)}</h2><pre>{html.escape(command)}</pre>"
        f"<table><tr><th>Column</th><th>Type</th><th></th></tr>{inputs}</table>"
    )


def _endpoint(state: State) -> Endpoint:
    endpoint: Endpoint = state["endpoint"]
    return endpoint


def _find(state: State, name: str, number: str | None = None) -> Served:
    if number is not None and not (number.isascii() and number.isdigit() and len(number) < 10):
        raise NotFoundException(detail=f"'{number}' is no version; versions are whole numbers.")
    return _endpoint(state).routes.find(name, None if number is None else int(number))


def _show_problem(_request: Request[Any, Any, Any], problem: Problem) -> Response[dict[str, str]]:
    return Response({"error": sentence(problem)}, status_code=status_of(problem))


def _show_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, str]]:
    path, method = request.scope["path"], request.scope["method"]
    text = error.detail
    if isinstance(error, NotFoundException) and text == "Not Found":
        text = f"Nothing is answered at {path}."
    elif isinstance(error, MethodNotAllowedException):
        text = f"{method} is not allowed at {path}."
    return Response({"error": text}, status_code=error.status_code, headers=error.headers)


def _show_failure(_request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, str]]:
    _log.error("A request failed", exc_info=error)
    return Response({"error": "The endpoint failed; its log says why."}, status_code=500)


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Workbench endpoint</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem;
  color-scheme: light dark; }}
pre {{ overflow-x: auto; padding: .75rem; border: 1px solid #8888; border-radius: .4rem; }}
td, th {{ text-align: left; padding: .1rem 1.5rem .1rem 0; }}
</style></head>
<body><h1>Workbench endpoint</h1>
<p>Rows are answered at <code>/predict/MODEL</code>, and by the Open Inference Protocol at
<code>/v2/models/MODEL/infer</code>. Look at <a href="/health">/health</a> for how it is doing.</p>
{body}</body></html>
"""
