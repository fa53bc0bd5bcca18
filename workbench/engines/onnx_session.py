"""Answers from an ONNX model: light enough to start in an endpoint, quick enough for single rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from storage.records import InputType, Signature
from workbench.engines.onnx_joined import joined
from workbench.engines.onnx_steady import is_steady

BATCH_ROWS = 4096
"""Rows per call of onnxruntime: wide models would otherwise ask for gigabytes between their nodes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """A model's answers to some rows."""

    labels: tuple[str, ...]
    """Class names, one a row; empty for a regression."""
    scores: NDArray[np.float64]
    """Probabilities (n, classes), or values (n,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """Where the graph's inputs lie in rows that come as one matrix and texts beside it."""

    texts: tuple[str, ...]
    """Names of the inputs that take texts."""
    alone: tuple[tuple[str, int], ...]
    """Inputs of one column of the matrix, and which."""
    joined: tuple[int, ...]
    """The columns that the graph takes side by side, in its order."""
    is_joined: bool
    """Whether they are the matrix as it is."""

    @classmethod
    def of(cls, signature: Signature, joined: Sequence[str]) -> _Layout:
        """The layout of a graph that takes the inputs `joined` side by side."""
        inputs = signature.inputs
        names = [one.graph_name for one in inputs if one.type is not InputType.STRING]
        places = tuple(map(names.index, joined))
        return cls(
            texts=tuple(one.graph_name for one in inputs if one.type is InputType.STRING),
            alone=tuple((name, at) for at, name in enumerate(names) if at not in places),
            joined=places,
            is_joined=places == tuple(range(len(names))),
        )


class Session:
    """A loaded ONNX model; may be asked by several threads at once."""

    def __init__(self, model: bytes, signature: Signature, *, threads: int = 1) -> None:
        """Loads `model`.

        Args:
            model: What `exporting.export` wrote.
            signature: The signature it was exported with.
            threads: How many share the rows of one call, where these are many; answers are the same.
        """
        options = ort.SessionOptions()
        # onnxruntime's own threads would add up trees in parts, wait for each other and spin.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        self.signature = signature
        self._threads = threads
        join = joined(model)
        self._is_steady = is_steady(model)
        self._session = ort.InferenceSession(
            join.model if join else model,
            sess_options=options,
            providers=["CPUExecutionProvider"],
        )
        names = {column.graph_name: column.name for column in signature.inputs}
        self._matrix = join.matrix if join else ""
        self._take = itemgetter(*map(names.pop, join.columns)) if join else None
        self._others = tuple((name, graph_name) for graph_name, name in names.items())
        self._first = signature.inputs[0].name
        self._rows = _Layout.of(signature, join.columns if join else ())
        self._is_regression = signature.task == "regression"
        self._is_binary = signature.task == "binary"
        self._scores = ["value"] if self._is_regression else ["probabilities"]
        self._all = ["value"] if self._is_regression else ["label", "probabilities"]
        self._only_scores = ort.RunOptions()
        self._only_scores.only_execute_path_to_fetches = True

    def scores(self, columns: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
        """Probability of class 1 (n,), of every class (n, classes), or the value (n,).

        Args:
            columns: Per input float64 or an object array of texts, (n,) or (n, 1), as
                `checking.arrays` and `columns.typed` give them.
        """
        (table,) = self._run(self._scores, columns, self._only_scores)
        return self._scores_of(table)

    def row_scores(
        self, numbers: NDArray[np.float64], texts: Sequence[NDArray[Any]]
    ) -> NDArray[np.float64]:
        """What `scores` gives for rows that are laid out already, without a look at their names.

        Args:
            numbers: All inputs but texts, in the signature's order, shape (n, inputs).
            texts: Per text input, in the signature's order, an object array of shape (n, 1).
        """
        if len(numbers) > BATCH_ROWS:
            halves = (slice(None, BATCH_ROWS), slice(BATCH_ROWS, None))
            parts = [
                self.row_scores(numbers[half], [one[half] for one in texts]) for half in halves
            ]
            return np.concatenate(parts)
        rows = self._rows
        feeds: dict[str, NDArray[Any]] = dict(zip(rows.texts, texts, strict=True))
        for graph_name, at in rows.alone:
            feeds[graph_name] = numbers[:, at : at + 1]
        if self._matrix:
            feeds[self._matrix] = numbers if rows.is_joined else numbers.take(rows.joined, axis=1)
        (table,) = self._asked(self._scores, feeds, len(numbers), self._only_scores)
        return self._scores_of(table)

    def predict(self, columns: Mapping[str, NDArray[Any]]) -> Prediction:
        """Labels and all probabilities, or the values, of some rows; `columns` as for `scores`."""
        if self._is_regression:
            return Prediction(labels=(), scores=self.scores(columns))
        names, table = self._run(self._all, columns)
        return Prediction(labels=tuple(names.tolist()), scores=table)

    def _scores_of(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        if self._is_regression:
            return table[:, 0]
        return table[:, 1] if self._is_binary else table

    def _run(
        self,
        outputs: list[str],
        columns: Mapping[str, NDArray[Any]],
        options: ort.RunOptions | None = None,
    ) -> list[NDArray[Any]]:
        rows = len(columns[self._first])
        if rows <= BATCH_ROWS:
            return self._asked(outputs, self._feeds(columns), rows, options)
        parts = [
            {name: one[start : start + BATCH_ROWS] for name, one in columns.items()}
            for start in range(0, rows, BATCH_ROWS)
        ]
        answered = self._mapped(lambda part: self._run(outputs, part, options), parts)
        return [np.concatenate(part) for part in zip(*answered, strict=True)]

    def _asked(
        self,
        outputs: list[str],
        feeds: dict[str, NDArray[Any]],
        rows: int,
        options: ort.RunOptions | None,
    ) -> list[NDArray[Any]]:
        """What the graph answers, to each row the same whichever rows stand beside it.

        Where a row's last bit might depend on that, an even number of them is asked, the last one twice
        if need be: then all are computed by the same routine.
        """
        if self._is_steady or rows % 2 == 0:
            answers: list[NDArray[Any]] = self._session.run(outputs, feeds, options)
            return answers
        paired = {name: np.concatenate((one, one[-1:])) for name, one in feeds.items()}
        return [answer[:rows] for answer in self._session.run(outputs, paired, options)]

    def _mapped(
        self,
        ask: Callable[[Mapping[str, NDArray[Any]]], list[NDArray[Any]]],
        parts: list[dict[str, NDArray[Any]]],
    ) -> list[list[NDArray[Any]]]:
        if self._threads == 1:
            return [ask(part) for part in parts]
        with ThreadPoolExecutor(self._threads, thread_name_prefix="scores") as pool:
            return list(pool.map(ask, parts))

    def _feeds(self, columns: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        feeds = {graph_name: columns[name].reshape(-1, 1) for name, graph_name in self._others}
        if self._take:
            feeds[self._matrix] = _side_by_side(self._take(columns))
        return feeds


def _side_by_side(columns: tuple[NDArray[np.float64], ...]) -> NDArray[np.float64]:
    """The matrix, (n, columns), of columns of one length.

    Raises:
        ValueError: They have different lengths.
    """
    one_after_another = np.concatenate(columns)
    if len(one_after_another) == len(columns):
        return one_after_another.reshape(1, -1)
    if len(set(map(len, columns))) > 1:
        raise ValueError("The columns have different numbers of rows.")
    return np.ascontiguousarray(one_after_another.reshape(len(columns), len(columns[0])).T)
