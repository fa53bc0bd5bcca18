"""Where rows are asked for: per path the model, the form of asking, and the versions that may answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import parse_qsl, quote

from workbench.core import routing
from workbench.http.bodies import JSON
from workbench.http.forms.form import Form
from workbench.http.forms.friendly import Friendly
from workbench.http.forms.mlflow import CSV, Invocations
from workbench.http.forms.v2 import OCTETS, V2
from workbench.http.replies import Refused
from workbench.services.routes import Plan, Routes
from workbench.services.served import Served

INVOCATIONS = "/invocations"

_ASKED = re.compile(
    r"/predict/(?P<friendly>.+)|/v2/models/(?P<v2>.+?)(?:/versions/(?P<version>[^/]*))?/infer",
    re.DOTALL,
)
_NUMBER = re.compile(r"[0-9]{1,9}")
_PROTOCOL_TYPES = (JSON, OCTETS.decode())


@dataclass(frozen=True, slots=True)
class Voice:
    """A served version as it is asked in one form."""

    served: Served
    form: Form[Any]
    headers: tuple[tuple[bytes, bytes], ...]
    """Say which version answers."""


@dataclass(frozen=True, slots=True)
class Target:
    """Who may answer at one path."""

    model: str
    plan: Plan | None
    """How a version is chosen; None: the path names it."""
    voices: Mapping[int, Voice]
    """By version number, all that may be chosen; each reads what any other would."""
    media_types: tuple[str, ...]

    def chosen(self, request: Any, headers: Mapping[bytes, bytes]) -> Voice:
        """The version that answers what `request` asks."""
        any_voice = next(iter(self.voices.values()))
        if self.plan is None or len(self.voices) == 1:
            return any_voice
        sticky = self.plan.sticky
        value = None
        if sticky is not None and sticky.kind == "header":
            value = headers.get(sticky.name.encode("latin-1", "ignore"))
        elif sticky is not None:
            value = routing.as_bytes(any_voice.form.first(request, sticky.name))
        return self.voices[self.plan.choose(value).version.number]

    def read(self, asked: Any) -> Any:
        """What is asked, whoever is going to answer."""
        return next(iter(self.voices.values())).form.read(asked)


class Targets:
    """All targets of one set of routes."""

    def __init__(self, routes: Routes) -> None:
        self.routes = routes
        self._by_path: dict[str, Target] = {}
        self._invocations: dict[str, Target] = {}
        for name, plan in routes.plans.items():
            self._by_path[f"/predict/{name}"] = _target(plan, Friendly, (JSON,))
            self._by_path[f"/v2/models/{name}/infer"] = _target(plan, V2, _PROTOCOL_TYPES)
            self._invocations[name] = _target(plan, Invocations, (JSON, CSV))
        for (name, number), served in routes.versions.items():
            voices = {number: _voice(served, V2)}
            path = f"/v2/models/{name}/versions/{number}/infer"
            self._by_path[path] = Target(name, None, voices, _PROTOCOL_TYPES)

    def at(self, path: str, query: bytes) -> Target | None:
        """Who may answer at `path`; None: no rows are asked for there.

        Raises:
            Refused: Rows are asked for, but the path or the query names nobody who answers.
            NotFound: Likewise, of a model or version.
            NotServed: The model cannot answer now.
        """
        target = self._by_path.get(path)
        if target is not None:
            return target
        if path == INVOCATIONS:
            return self._asked_by_query(query)
        asked = _ASKED.fullmatch(path)
        return None if asked is None else self._missing(path, asked)

    def _missing(self, path: str, asked: re.Match[str]) -> NoReturn:
        number = asked["version"]
        if number is not None and not _NUMBER.fullmatch(number):
            shown = number[:40]
            raise Refused(404, f"'{shown}' is no version; versions are whole numbers.")
        name = asked["friendly"] or asked["v2"]
        self.routes.find(name, None if number is None else int(number))
        raise Refused(404, f"Nothing is answered at {path}.")

    def _asked_by_query(self, query: bytes) -> Target:
        named = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True))
        name = named.get("model")
        if name is None and len(self._invocations) == 1:
            return next(iter(self._invocations.values()))
        if name is None and self._invocations:
            known = ", ".join(self._invocations)
            raise Refused(
                400,
                f"Several models are served: {known}. "
                f"Say which one: {INVOCATIONS}?model={quote(next(iter(self._invocations)), safe='')}.",
            )
        target = self._invocations.get(name or "")
        if target is None:
            self.routes.find(name or "")
            raise Refused(404, f"No model is called '{name}'.")
        return target


def _target(
    plan: Plan, form: Callable[[Served], Form[Any]], media_types: tuple[str, ...]
) -> Target:
    voices = {share.served.version.number: _voice(share.served, form) for share in plan.answers}
    return Target(plan.model, plan, voices, media_types)


def _voice(served: Served, form: Callable[[Served], Form[Any]]) -> Voice:
    version = served.version
    headers = (
        (b"x-model", quote(version.model, safe="").encode()),
        (b"x-model-version", b"%d" % version.number),
    )
    return Voice(served, form(served), headers)
