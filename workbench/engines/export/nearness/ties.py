"""Which of several equally far rows a search of scikit-learn keeps: its heap, push by push.

A row is near or it is not, except at the edge: of rows at the very distance of the last one kept, the
search keeps those that its heap happened to hold. That is seen only where rows repeat or numbers are
so large that they round to one distance; elsewhere nothing of this is computed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from onnx import TensorProto

from workbench.engines.export.tensors import Numbers, Tensor, repeated, side_by_side


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One level of a tree whose nodes may be left out: those that look farther than all that is kept."""

    least: Tensor
    """Of some rows the least rank in the node that holds each point, (n, points)."""
    nodes: Numbers
    """Per point the number of that node, (points,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """How a search goes through its points for some rows."""

    met: Tensor
    """When each point is met: numbers that differ, (n, points) or (1, points)."""
    gates: tuple[Gate, ...] = ()
    """Where rounding alone may leave out a point; empty where it cannot."""

    def of(self, rows: Tensor) -> Visit:
        """The same for some of the rows, by their places, (some,)."""
        gates = tuple(
            Gate(least=one.least.of("Gather", rows, axis=0), nodes=one.nodes) for one in self.gates
        )
        return Visit(met=self.met.of("Gather", rows, axis=0), gates=gates)


Order = Callable[[Tensor], Visit]
"""How a search goes through its points for the rows it gets."""


def settled(
    rows: Tensor, ranks: Tensor, count: int, points: int, order: Order, *, may_omit: bool
) -> Tensor:
    """Ranks and places of the `count` nearest points, (n, 2 count); ranks first.

    Args:
        rows: The rows that ask.
        ranks: Numbers that grow with their distances, (n, points).
        count: How many points are kept.
        points: How many there are.
        order: How the search goes through them.
        may_omit: Whether rounding may leave out a point, so that the order has gates.
    """
    if count == points:
        best, places = ranks.pair("TopK", np.array([count]), axis=1, largest=0, sorted=1)
        return side_by_side(best, places.double())
    more, found = ranks.pair("TopK", np.array([count + 1]), axis=1, largest=0, sorted=1)
    kept = range(count)
    best, places = more.columns(kept), found.columns(kept)
    is_open = more.column(count - 1).equals(more.column(count))
    visit = order(rows) if may_omit else None
    for gate in visit.gates if visit else ():
        is_out = gate.least.of("GatherElements", places, axis=1) > best
        is_open = is_open.of("Or", _any(is_out))
    usual = side_by_side(best, places.double())

    def replayed() -> Tensor:
        where = is_open.of("Squeeze", np.array([1])).of("NonZero").of("Squeeze", np.array([0]))
        some = visit.of(where) if visit else order(rows.of("Gather", where, axis=0))
        heap = _sorted(_replayed(ranks.of("Gather", where, axis=0), some, count), count)
        return usual.of("ScatterND", where.of("Unsqueeze", np.array([1])), heap)

    return _any(_any(is_open), axis=0).of("Squeeze").either(replayed, usual)


def _sorted(heap: Tensor, count: int) -> Tensor:
    """A heap's ranks, the smallest first, and their places."""
    ranks, order = heap.columns(range(count)).pair(
        "TopK", np.array([count]), axis=1, largest=0, sorted=1
    )
    places = heap.columns(range(count, 2 * count)).of("GatherElements", order, axis=1)
    return side_by_side(ranks, places)


def _any(flags: Tensor, *, axis: int = 1) -> Tensor:
    counted = flags.of("Cast", to=TensorProto.INT32)
    return counted.of("ReduceMax", np.array([axis]), keepdims=1).of("Cast", to=TensorProto.BOOL)


def _replayed(ranks: Tensor, visit: Visit, count: int) -> Tensor:
    """The heap after all points have been met: ranks and places, (n, 2 count)."""
    none = [np.inf] * count + [-1.0] * count + [-np.inf]

    def step(state: Tensor) -> tuple[Tensor, Tensor]:
        values, places = state.columns(range(count)), state.columns(range(count, 2 * count))
        last, root = state.column(2 * count), values.column(0)
        # The next point that the heap takes is the first one met that is nearer than its root.
        is_next = (visit.met > last).of("And", ranks < root)
        for gate in visit.gates:
            is_next = is_next.of("And", _is_entered(gate, visit.met, last, root))
        waiting = is_next.where(visit.met, np.inf)
        at = waiting.of("ArgMin", axis=1, keepdims=1)
        moment = waiting.of("ReduceMin", np.array([1]), keepdims=1)
        is_open = moment < np.inf
        rank = ranks.of("GatherElements", at, axis=1)
        pushed = _pushed(values, places, rank, at.double(), count)
        return is_open.where(side_by_side(*pushed, moment), state), is_open

    heap = repeated(ranks, none).refined(step, limit=2**31)
    return heap.columns(range(2 * count))


def _is_entered(gate: Gate, met: Tensor, last: Tensor, root: Tensor) -> Tensor:
    """Which points lie in a node that is not left out: near enough now, or entered before."""
    taken = met.equals(last).of("Cast", to=TensorProto.INT32).of("ArgMax", axis=1, keepdims=1)
    entered = taken.constant(gate.nodes).of("Gather", taken, axis=0)
    is_same = taken.constant(gate.nodes.reshape(1, -1)).equals(entered)
    return (gate.least <= root).of("Or", is_same)


def _pushed(
    values: Tensor, places: Tensor, rank: Tensor, place: Tensor, count: int
) -> tuple[Tensor, Tensor]:
    """A heap after its root has gone and a smaller rank has come, sunk to where it belongs."""
    slots = np.arange(count)
    # Children beyond the heap's end are never larger than what sinks.
    beyond = repeated(values, np.full(count + 2, -np.inf))
    at = (rank < -np.inf).of("Cast", to=TensorProto.INT64)
    is_sinking: Tensor | None = None
    for _ in range(int(np.ceil(np.log2(count + 1)))):
        padded = side_by_side(values, beyond)
        left = at * np.int64(2) + np.int64(1)
        on_left = padded.of("GatherElements", left, axis=1)
        on_right = padded.of("GatherElements", left + np.int64(1), axis=1)
        is_left = on_left >= on_right
        child = is_left.where(left, left + np.int64(1))
        above = is_left.where(on_left, on_right)
        moves = rank < above
        moves = moves if is_sinking is None else moves.of("And", is_sinking)
        here = at.of("Equal", slots).of("And", moves)
        inside = child.of("Min", np.int64(count - 1))
        moved = places.of("GatherElements", inside, axis=1)
        values, places = here.where(above, values), here.where(moved, places)
        at = moves.where(child, at)
        is_sinking = moves
    here = at.of("Equal", slots)
    return here.where(rank, values), here.where(place, places)
