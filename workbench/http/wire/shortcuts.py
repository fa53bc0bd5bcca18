"""Shortcuts: what requests with a known head ask for, found once and good for one snapshot of the endpoint."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from storage.errors import Problem
from workbench.config import ServeConfig
from workbench.core.routing import as_bytes
from workbench.http.forms.form import Form
from workbench.http.forms.friendly import Friendly
from workbench.http.forms.v2 import V2
from workbench.http.replies import Refused
from workbench.http.targets import Target, Targets
from workbench.http.wire.column_types import ColumnTypes
from workbench.http.wire.heads import END, LONGEST, Head, Sent, head_of, may_be_learnt
from workbench.http.wire.lanes import Lane, Lanes, friendly_lanes, v2_lanes
from workbench.http.wire.row_scores import RowScores
from workbench.http.wire.stencils import Stencil, stencil
from workbench.services.keyring import KeyRing, scope_of
from workbench.services.routes import Plan, Routes
from workbench.services.served import Served
from workbench.services.serving import Endpoint

RECENT = 8
"""Shortcuts that connections learnt last, and that any other one may take as well."""

_FORMS: dict[type[Form[Any]], tuple[bytes, Callable[[ColumnTypes], Lanes]]] = {
    V2: (b'{"inputs":[]}', v2_lanes),
    Friendly: (b'{"columns":{}}', friendly_lanes),
}
"""Per form a body without rows, and its lanes."""


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """A version that may answer, and how it words its answer."""

    served: Served
    plan: Plan | None
    row_scores: RowScores
    stencil: Stencil


class Question:
    """What is asked at one path."""

    __slots__ = (
        "_by_number",
        "_names",
        "_only",
        "_plan",
        "_sticky_column",
        "lanes",
        "model",
        "sticky_header",
    )

    def __init__(self, plan: Plan | None, voices: Sequence[Voice], lanes: Lanes) -> None:
        self.lanes = lanes
        self.model = voices[0].served.version.model
        self._plan = plan
        self._only = voices[0] if len(voices) == 1 else None
        self._by_number = {voice.served.version.number: voice for voice in voices}
        self._names = voices[0].served.version.signature.names
        sticky = None if plan is None or self._only else plan.sticky
        self.sticky_header = sticky.name.encode() if sticky and sticky.kind == "header" else b""
        self._sticky_column = sticky.name if sticky and sticky.kind == "column" else ""

    def voice(self, values: Sequence[Any], lane: Lane, sticky: bytes | None) -> Voice:
        """Who answers a row.

        Args:
            values: The row.
            lane: Which read it.
            sticky: What the header says that keeps a caller with one version, where one does.
        """
        if self._only is not None or self._plan is None:
            return self._only or next(iter(self._by_number.values()))
        if self._sticky_column:
            columns = (*self._names, *lane.key_only)
            place = columns.index(self._sticky_column) if self._sticky_column in columns else None
            sticky = None if place is None else as_bytes(values[place])
        return self._by_number[self._plan.choose(sticky).version.number]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shortcut:
    """What requests with one head ask, as long as neither the routes nor the keys are others."""

    head: Head
    question: Question
    lane: Lane
    """The one that read the body it was learnt from."""
    caller: str
    """The name of its API key."""
    path: str
    agent: bytes
    routes: Routes
    keys: KeyRing


class Shortcuts:
    """All shortcuts of one process."""

    def __init__(self, endpoint: Endpoint, serve: ServeConfig) -> None:
        self._endpoint = endpoint
        self._serve = serve
        self._targets = Targets(Routes())
        self._questions: dict[str, Question | None] = {}
        self._recent: deque[Shortcut] = deque(maxlen=RECENT)

    def is_good(self, shortcut: Shortcut) -> bool:
        """Whether what was learnt still holds."""
        endpoint = self._endpoint
        return shortcut.routes is endpoint.routes and shortcut.keys is endpoint.keys

    def find(self, data: bytes) -> tuple[Shortcut, Sent] | None:
        """A shortcut that some connection has learnt, and what was sent."""
        for shortcut in self._recent:
            if self.is_good(shortcut):
                sent = shortcut.head.find(data)
                if sent is not None:
                    return shortcut, sent
        return None

    def learn(
        self, data: bytes, path: str, header_lines: Iterable[tuple[bytes, bytes]]
    ) -> Shortcut | None:
        """What a request asked that has gone the long way, if its like may come again.

        Args:
            data: One request, whole: POST without a query, HTTP/1.1.
            path: What the server's own parser has read of it.
            header_lines: Likewise, their names in small letters.
        """
        end = data.find(END, 0, LONGEST) + len(END)
        headers = dict(header_lines)
        if end < len(END) or not may_be_learnt(headers):
            return None
        endpoint = self._endpoint
        routes, keys = endpoint.routes, endpoint.keys
        try:
            caller = keys.admit(headers, scope_of(path))
            question = self._question(routes, path)
        except (Problem, Refused):
            return None
        if question is None:
            return None
        lane = question.lanes.find(data[end:])
        head = head_of(data, end, sticky=question.sticky_header)
        if lane is None or head is None:
            return None
        agent = headers.get(b"user-agent", b"")
        shortcut = Shortcut(
            head=head, question=question, lane=lane, caller=caller, path=path, agent=agent,
            routes=routes, keys=keys,
        )  # fmt: skip
        self._recent.appendleft(shortcut)
        return shortcut

    def forget(self) -> None:
        """Lets go of what no longer holds: a model may hang on it."""
        if self._targets.routes is not self._endpoint.routes:
            self._targets = Targets(Routes())
            self._questions = {}
        good = [shortcut for shortcut in self._recent if self.is_good(shortcut)]
        if len(good) < len(self._recent):
            self._recent = deque(good, maxlen=RECENT)

    def _question(self, routes: Routes, path: str) -> Question | None:
        if routes is not self._targets.routes:
            self._targets = Targets(routes)
            self._questions = {}
        if path not in self._questions:
            target = self._targets.at(path, b"")
            if target is None:
                return None
            self._questions[path] = _question_at(target, self._serve)
        return self._questions[path]


def _question_at(target: Target, serve: ServeConfig) -> Question | None:
    """What is asked at `target`; None where only the long way can answer it."""
    spoken = list(target.voices.values())
    blank, lanes_of = _FORMS.get(type(spoken[0].form), (b"", None))
    if lanes_of is None:
        return None
    types = [ColumnTypes(one.served.version.signature, serve) for one in spoken]
    # A row is read before it is known who answers it: all must take the same.
    if not all(one.is_like(types[0]) for one in islice(types, 1, None)):
        return None
    voices = []
    for one in spoken:
        cut = stencil(one.served, one.form, blank)
        if cut is None:
            return None
        voices.append(Voice(one.served, target.plan, RowScores(one.served), cut))
    return Question(target.plan, voices, lanes_of(types[0]))
