"""What is looked up rather than computed: metadata, documents, and a page for people (Litestar)."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any, cast

from litestar import Litestar, MediaType, Request, Response, get
from litestar.datastructures import State
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.params import FromPath

import workbench
from storage.errors import Problem
from workbench.http.asgi import Application
from workbench.http.forms import metadata
from workbench.http.pages import labelling, observing, page
from workbench.http.pages.documents import Document, Documents
from workbench.http.replies import sentence, status_of
from workbench.services.routes import Routes
from workbench.services.served import Served
from workbench.services.serving import Endpoint

PAGE_HEADERS = {
    "content-security-policy": page.policy(),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}

_MODEL = re.compile(
    r"/(?P<name>.+?)(?:/versions/(?P<number>[^/]*))?(?P<ready>/ready)?/?", re.DOTALL
)
_NUMBER = re.compile(r"[0-9]{1,9}")

_log = logging.getLogger(__name__)


def pages(endpoint: Endpoint) -> Application:
    """The application that answers every path but those that score rows."""
    application = Litestar(
        route_handlers=[
            home,
            models,
            schema,
            server,
            live,
            ready,
            model,
            *observing.HANDLERS,
            *labelling.HANDLERS,
        ],
        state=State({"endpoint": endpoint, "documents": Documents(endpoint)}),
        exception_handlers={
            Problem: _show_problem,
            HTTPException: _show_http,
            Exception: _show_failure,
        },
        openapi_config=None,
        logging_config=None,
    )
    return cast("Application", application)


@get("/", sync_to_thread=False)
def home() -> Response[bytes]:
    """The models and how to ask them, for people."""
    return Response(page.shell(), media_type=MediaType.HTML, headers=PAGE_HEADERS)


@get("/models")
async def models(state: State, request: Request[Any, Any, Any]) -> Response[bytes]:
    """What is served, who answers for it, and what it takes."""
    return _sent(await asyncio.to_thread(state["documents"].models), request)


@get(["/schema", "/schema/openapi.json"])
async def schema(state: State, request: Request[Any, Any, Any]) -> Response[bytes]:
    """The OpenAPI document of what is served."""
    return _sent(await asyncio.to_thread(state["documents"].schema), request)


@get("/v2", sync_to_thread=False)
def server() -> dict[str, Any]:
    """Who answers here."""
    return {
        "name": "workbench",
        "version": workbench.__version__,
        "extensions": list(metadata.EXTENSIONS),
    }


@get("/v2/health/live", sync_to_thread=False)
def live() -> dict[str, bool]:
    """Whether the process answers."""
    return {"live": True}


@get("/v2/health/ready", sync_to_thread=False)
def ready(state: State) -> Response[dict[str, Any]]:
    """Whether every model that has a champion is answered for."""
    unready = _routes(state).unready
    if unready:
        return Response({"ready": False, "error": unready}, status_code=503)
    return Response({"ready": True})


@get("/v2/models/{rest:path}", sync_to_thread=False)
def model(state: State, rest: FromPath[str]) -> Response[Any]:
    """What a model, or one version of it, takes and gives; with /ready, whether it answers.

    One handler for all of it, since the name of a model may hold a slash.
    """
    asked = _MODEL.fullmatch(rest)
    if asked is None:
        raise NotFoundException
    routes = _routes(state)
    served = _find(routes, asked["name"], asked["number"])
    if asked["ready"]:
        return Response({"name": served.version.model, "ready": True})
    numbers = [number for name, number in routes.versions if name == served.version.model]
    return Response(metadata.metadata(served, sorted(numbers)))


def _find(routes: Routes, name: str, number: str | None) -> Served:
    if number is not None and not _NUMBER.fullmatch(number):
        raise NotFoundException(detail=f"'{number}' is no version; versions are whole numbers.")
    return routes.find(name, None if number is None else int(number))


def _routes(state: State) -> Routes:
    endpoint: Endpoint = state["endpoint"]
    return endpoint.routes


def _sent(document: Document, request: Request[Any, Any, Any]) -> Response[bytes]:
    """A document; only its ETag for who has it already."""
    headers = {"etag": document.etag, "cache-control": "no-cache"}
    known = request.headers.get("if-none-match", "")
    if document.etag in [one.strip().removeprefix("W/") for one in known.split(",")]:
        return Response(b"", status_code=304, headers=headers, media_type=MediaType.JSON)
    return Response(document.body, headers=headers, media_type=MediaType.JSON)


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
