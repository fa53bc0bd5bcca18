"""Documents about what is served, written once and kept until something else is served."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

import workbench
from workbench.http.pages.described import described
from workbench.http.pages.openapi.document import document
from workbench.services.serving import Endpoint

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it is sent."""

    body: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class _Kept:
    depends_on: tuple[object, ...]
    document: Document


class Documents:
    """The documents of one endpoint; may be asked by several threads at once."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._schema: _Kept | None = None
        self._models: _Kept | None = None

    def schema(self) -> Document:
        """The OpenAPI document of this moment."""
        endpoint = self._endpoint
        routes, is_locked = endpoint.routes, endpoint.keys.is_locked
        self._schema = _fresh(
            self._schema,
            (routes, is_locked),
            lambda: _versioned(
                document(routes, endpoint.rules, most_rows=endpoint.max_rows, is_locked=is_locked)
            ),
        )
        return self._schema.document

    def models(self) -> Document:
        """What is served at this moment, and what it takes."""
        routes, rules = self._endpoint.routes, self._endpoint.rules
        self._models = _fresh(
            self._models, (routes,), lambda: _marked(_encode(described(routes, rules)))
        )
        return self._models.document


def _fresh(
    kept: _Kept | None, depends_on: tuple[object, ...], write: Callable[[], Document]
) -> _Kept:
    # Routes are replaced whole, never changed: the same object says the same.
    if kept is not None and all(
        old is new for old, new in zip(kept.depends_on, depends_on, strict=True)
    ):
        return kept
    return _Kept(depends_on, write())


def _versioned(found: dict[str, Any]) -> Document:
    """An OpenAPI document whose version changes with what it says."""
    mark = _mark_of(_encode(found))
    found["info"]["version"] = f"{workbench.__version__}+{mark}"
    return Document(_encode(found), f'"{mark}"')


def _marked(body: bytes) -> Document:
    return Document(body, f'"{_mark_of(body)}"')


def _mark_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]
