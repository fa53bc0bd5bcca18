"""Rows of one turn are answered by one call; what goes wrong with one of them harms no other."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from storage.records import Signature
from tests.http.inprocess import THREE, VALUE
from tests.http.project import SIGNATURE, graph, score
from workbench.core.checking import Checks
from workbench.engines.onnx_session import Session
from workbench.http.forms.v2 import V2
from workbench.http.process.draining import State
from workbench.http.wire.batching import MOST_ROWS, Batches, Waiting
from workbench.http.wire.row_scores import RowScores
from workbench.http.wire.shortcuts import Voice
from workbench.http.wire.stencils import stencil
from workbench.services.access import Origin
from workbench.services.served import Served


class Asker:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.replies: list[bytes] = []
        self.alone: list[bytes] = []

    def take(self, reply: bytes) -> None:
        self.replies.append(reply)

    def ask_alone(self, data: bytes) -> None:
        self.alone.append(data)


class Kept:
    """An endpoint that keeps what was answered."""

    def __init__(self) -> None:
        self.batches: list[Any] = []
        self.details: list[Any] = []

    def answered(self, _plan: Any, batch: Any, *, origins: Any, sizes: Any) -> None:
        self.batches.append(batch)
        self.details.append((origins, sizes))


def served_of(signature: Signature = SIGNATURE, **changes: Any) -> Served:
    version: Any = SimpleNamespace(id=1, model="late", number=3, signature=signature)
    session = changes.get("session") or Session(graph(signature), signature)
    return Served(version, session, Checks(signature), frozenset(signature.key))


def voice_of(served: Served) -> Voice:
    cut = stencil(served, V2(served), b'{"inputs":[]}')
    assert cut is not None
    return Voice(served, None, RowScores(served), cut)


def waiting(asker: Asker, voice: Voice, values: Any, *, key_only: Any = ()) -> Waiting:
    return Waiting(
        asker, values, key_only, None, voice, b"me", "ours", Origin("here"), 0, b"as it came", 7
    )


def answered(rows: list[Waiting]) -> Kept:
    """What is kept once a turn of the loop with these rows has ended."""

    async def turn() -> Kept:
        kept: Any = Kept()
        batches, state = Batches(kept), State()
        state.connections = {1, 2}  # type: ignore[arg-type]
        for row in rows:
            batches.add(row, asyncio.get_running_loop(), state)
        assert not any(row.asker.replies for row in rows)
        await asyncio.sleep(0)
        assert not kept.batches
        await asyncio.sleep(0)
        return kept

    return asyncio.run(turn())


def row(distance: float) -> list[Any]:
    return [distance, None, True, "UA"]


def test_rows_of_one_turn_are_one_batch_that_is_kept_after_the_replies():
    voice = voice_of(served_of())
    askers = [Asker() for _ in range(3)]

    kept = answered([waiting(asker, voice, row(at)) for at, asker in enumerate(askers)])

    (batch,) = kept.batches
    assert [len(asker.replies) for asker in askers] == [1, 1, 1]
    assert batch.inputs == {
        "거리(km)": (0, 1, 2),
        "seats": (None,) * 3,
        "night": (True,) * 3,
        "carrier": ("UA",) * 3,
    }
    assert batch.scores == pytest.approx([score(at) for at in range(3)])
    assert (batch.requests, batch.rows, batch.callers) == (["me"] * 3, [1] * 3, ["ours"] * 3)
    assert kept.details == [([Origin("here")] * 3, [7] * 3)]


def test_rows_with_and_without_a_key_are_kept_apart():
    voice = voice_of(served_of())

    kept = answered([
        waiting(Asker(), voice, row(1)),
        waiting(Asker(), voice, [*row(2), "KE1"], key_only=("flight",)),
    ])  # fmt: skip

    assert [batch.key for batch in kept.batches] == [{}, {"flight": ("KE1",)}]


def test_so_many_rows_are_asked_at_once_and_no_more():
    voice = voice_of(served_of())

    kept = answered([waiting(Asker(), voice, row(at)) for at in range(MOST_ROWS + 3)])

    assert [len(batch.rows) for batch in kept.batches] == [MOST_ROWS, 3]


def test_a_row_that_comes_while_others_are_answered_waits_with_the_rest():
    voice = voice_of(served_of())
    turns = []

    async def turn():
        kept: Any = Kept()
        batches, state, loop = Batches(kept), State(), asyncio.get_running_loop()
        state.connections = {1, 2}  # type: ignore[arg-type]

        class Eager(Asker):
            def take(self, reply: bytes) -> None:
                super().take(reply)
                if len(self.replies) == 1:
                    batches.add(waiting(self, voice, row(9)), loop, state)

        askers = [Eager() for _ in range(MOST_ROWS + 5)]
        for asker in askers:
            batches.add(waiting(asker, voice, row(1)), loop, state)
        while batches.count:
            await asyncio.sleep(0)
            turns.append(sum(len(asker.replies) for asker in askers))
        assert {len(asker.replies) for asker in askers} == {2}

    asyncio.run(turn())

    assert turns == [MOST_ROWS, MOST_ROWS * 2, (MOST_ROWS + 5) * 2]


def test_rows_that_fail_together_are_asked_alone():
    class Broken:
        def row_scores(self, _numbers: Any, _texts: Any) -> Any:
            raise RuntimeError("no memory")

    good, broken = voice_of(served_of()), voice_of(served_of(session=Broken()))
    broken.served.version.id = 2  # type: ignore[misc]
    askers = [Asker() for _ in range(4)]

    answered([
        waiting(asker, broken if at % 2 else good, row(at)) for at, asker in enumerate(askers)
    ])  # fmt: skip

    assert [len(asker.replies) for asker in askers] == [1, 0, 1, 0]
    assert [asker.alone for asker in askers] == [[], [b"as it came"], [], [b"as it came"]]


@pytest.mark.parametrize("rows", [1, 2, 3, 7])
@pytest.mark.parametrize("signature", [SIGNATURE, VALUE, THREE], ids=["binary", "value", "three"])
def test_rows_have_the_scores_that_their_columns_have(signature, rows):
    served = served_of(signature)
    values = {"거리(km)": 1.25, "x": 0.5, "seats": 3, "night": False, "carrier": None}
    one = [values[name] for name in signature.names]
    columns = {name: [values[name]] * rows for name in signature.names}

    found = RowScores(served).of([one] * rows)

    assert np.array_equal(found, served.answer(columns).scores)
