"""The protocol's statistics extension: what each version has answered since the endpoint's start."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from storage.records import FiguresRecord, VersionFigures
from workbench.http.replies import Refused, Reply
from workbench.services.routes import Routes

_ASKED = re.compile(r"/v2/models/(?:(?P<model>.+?)(?:/versions/(?P<version>[0-9]{1,9}))?/)?stats")
_encode = msgspec.json.Encoder().encode


class _Duration(msgspec.Struct, frozen=True, gc=False):
    count: int
    ns: int | msgspec.UnsetType = msgspec.UNSET


class _Requests(msgspec.Struct, frozen=True, gc=False):
    success: _Duration
    fail: _Duration


class _ModelStatistics(msgspec.Struct, frozen=True, gc=False):
    name: str
    version: str
    last_inference: int
    """In milliseconds since 1970; 0: never."""
    inference_count: int
    """Rows."""
    execution_count: int
    """Calls of the model."""
    inference_stats: _Requests
    batch_stats: tuple[()] = ()


class _Statistics(msgspec.Struct, frozen=True, gc=False):
    model_stats: list[_ModelStatistics]


def is_asked(path: str) -> bool:
    """Whether statistics are asked for at `path`."""
    return _ASKED.fullmatch(path) is not None


def reply(path: str, routes: Routes, counted: FiguresRecord) -> Reply:
    """What answers at `path`.

    Args:
        path: One of those that ask.
        routes: Who answers now; a version that does not any more is left out.
        counted: What all processes of the endpoint have counted.

    Raises:
        NotFound: The path names no model or version that is served.
        NotServed: It cannot answer now.
    """
    asked = _ASKED.fullmatch(path)
    if asked is None:
        raise Refused(404, f"Nothing is answered at {path}.")
    model, version = asked["model"], asked["version"]
    if model is not None:
        routes.find(model, None if version is None else int(version))
    wanted = [
        (name, number)
        for name, number in routes.versions
        if model in {None, name} and version in {None, str(number)}
    ]
    known = {(one.model, one.version): one for one in counted.versions if one.role == "answer"}
    return Reply(200, _encode(_Statistics(list(_of(wanted, known)))))


def _of(
    wanted: list[tuple[str, int]], known: dict[tuple[str, int], VersionFigures]
) -> Iterator[_ModelStatistics]:
    for name, number in wanted:
        one = known.get((name, number), VersionFigures(model=name, version=number))
        yield _ModelStatistics(
            name=name,
            version=str(number),
            last_inference=one.last_at // 1000,
            inference_count=one.rows,
            execution_count=one.calls,
            inference_stats=_Requests(
                success=_Duration(one.requests, one.latency_us * 1000),
                fail=_Duration(sum(one.errors.values())),
            ),
        )
