"""Values of a graph that are written as numpy writes them: `x @ w + b` adds a MatMul and an Add."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from onnx import TensorProto

from workbench.engines.export.graphs import Graph


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """A value of a graph under construction; numbers beside it become constants in double."""

    __array_ufunc__ = None
    graph: Graph
    name: str

    def __add__(self, other: Operand) -> Tensor:
        return self.of("Add", other)

    def __radd__(self, other: Operand) -> Tensor:
        return self.constant(other).of("Add", self)

    def __sub__(self, other: Operand) -> Tensor:
        return self.of("Sub", other)

    def __rsub__(self, other: Operand) -> Tensor:
        return self.constant(other).of("Sub", self)

    def __mul__(self, other: Operand) -> Tensor:
        return self.of("Mul", other)

    def __rmul__(self, other: Operand) -> Tensor:
        return self.constant(other).of("Mul", self)

    def __truediv__(self, other: Operand) -> Tensor:
        return self.of("Div", other)

    def __rtruediv__(self, other: Operand) -> Tensor:
        return self.constant(other).of("Div", self)

    def __matmul__(self, other: Operand) -> Tensor:
        return self.of("MatMul", other)

    def __neg__(self) -> Tensor:
        return self.of("Neg")

    def __gt__(self, other: Operand) -> Tensor:
        return self.of("Greater", other)

    def __ge__(self, other: Operand) -> Tensor:
        return self.of("GreaterOrEqual", other)

    def __lt__(self, other: Operand) -> Tensor:
        return self.of("Less", other)

    def __le__(self, other: Operand) -> Tensor:
        return self.of("LessOrEqual", other)

    def equals(self, other: Operand) -> Tensor:
        """Where both are the same number, as booleans."""
        return self.of("Equal", other)

    def of(self, kind: str, *others: Operand, **attributes: Any) -> Tensor:
        """What a node of `kind` makes of this value and `others`."""
        names = [self.constant(one).name for one in others]
        return Tensor(self.graph, self.graph.node(kind, self.name, *names, **attributes))

    def constant(self, values: Operand) -> Tensor:
        """`values` as a constant of the same graph, whole numbers and booleans as they are."""
        if isinstance(values, Tensor):
            return values
        array = np.asarray(values)
        if array.dtype.kind == "f":
            array = array.astype(np.float64)
        return Tensor(self.graph, self.graph.constant(array))

    def pair(self, kind: str, *others: Operand, **attributes: Any) -> tuple[Tensor, Tensor]:
        """Both outputs of a node of `kind` over this value and `others`."""
        names = [self.constant(one).name for one in others]
        first, second = self.graph.nodes(kind, self.name, *names, outputs=2, **attributes)
        return Tensor(self.graph, first), Tensor(self.graph, second)

    def double(self) -> Tensor:
        """Numbers or booleans as double."""
        return self.of("Cast", to=TensorProto.DOUBLE)

    def float32(self) -> Tensor:
        """Rounded to float32, and double again."""
        return self.of("Cast", to=TensorProto.FLOAT).double()

    def sum(self) -> Tensor:
        """The sum of each row, (n, 1)."""
        return self.of("ReduceSum", np.array([1]), keepdims=1)

    def max(self) -> Tensor:
        """The largest number of each row, (n, 1)."""
        return self.of("ReduceMax", np.array([1]), keepdims=1)

    def argmax(self) -> Tensor:
        """Where each row is largest, (n, 1), int64; the first of several."""
        return self.of("ArgMax", axis=1, keepdims=1)

    def columns(self, chosen: Sequence[int] | np.ndarray[Any, Any]) -> Tensor:
        """Some columns, in the order given."""
        return self.of("Gather", np.asarray(chosen, np.int64), axis=1)

    def column(self, at: int) -> Tensor:
        """One column, (n, 1)."""
        return self.columns([at])

    def where(self, yes: Operand, no: Operand) -> Tensor:
        """`yes` where this is true, else `no`."""
        return self.of("Where", yes, no)

    def one_hot(self, width: int) -> Tensor:
        """1 at the place each row of codes, (n, 1), names, else 0; (n, width)."""
        return self.of("Equal", np.arange(width)).double()

    def refined(self, step: Callable[[Tensor], tuple[Tensor, Tensor]], *, limit: int) -> Tensor:
        """What is left of this value after `step` was taken until nothing is open.

        Args:
            step: Gives the next value, of the same shape, and what is open, as booleans.
            limit: Steps after which it ends anyway.
        """

        def named(before: str) -> tuple[str, str]:
            after, is_open = step(Tensor(self.graph, before))
            return after.name, is_open.name

        return Tensor(self.graph, self.graph.refined(self.name, named, limit=limit))

    def either(self, yes: Callable[[], Tensor], no: Tensor) -> Tensor:
        """`no`, or what `yes` gives where this single boolean is true; only one of them is computed."""
        return Tensor(self.graph, self.graph.either(self.name, lambda: yes().name, no.name))

    def sigmoid(self) -> Tensor:
        """1 / (1 + exp(-x)), which small probabilities survive; onnxruntime's Sigmoid makes them 0."""
        return (1.0 + (-self).of("Exp")).of("Reciprocal")

    def softmax(self) -> Tensor:
        """Each row as shares that sum to 1."""
        powers = (self - self.max()).of("Exp")
        return powers / powers.sum()

    def shares(self) -> Tensor:
        """Each row divided by its sum; alike where the sum is 0."""
        total = self.sum()
        empty = total.equals(0.0)
        width = Tensor(self.graph, self.graph.node("Shape", self.name, start=1, end=2)).double()
        return empty.where(1.0, self) / empty.where(width, total)

    def of_two(self) -> Tensor:
        """Both probabilities, (n, 2), from that of class 1, (n, 1)."""
        return side_by_side(1.0 - self, self)


Operand = Tensor | ArrayLike
Numbers = NDArray[np.float64]


def numbers(values: Any) -> Numbers:
    """What a fitted estimator keeps, dense or sparse, as a dense array of double."""
    return np.asarray(values.toarray() if hasattr(values, "toarray") else values, np.float64)


def side_by_side(*parts: Tensor) -> Tensor:
    """The columns of all `parts`."""
    if len(parts) == 1:
        return parts[0]
    first, *others = parts
    return first.of("Concat", *others, axis=1)


def repeated(rows: Tensor, values: ArrayLike) -> Tensor:
    """`values`, (any,), for each of `rows`."""
    array = np.asarray(values, np.float64).reshape(1, -1)
    count = Tensor(rows.graph, rows.graph.node("Shape", rows.name, start=0, end=1))
    shape = count.of("Concat", np.array([array.shape[1]]), axis=0)
    return rows.constant(array).of("Expand", shape)
