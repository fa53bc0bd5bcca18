"""Answers from an ONNX model: light enough to start in an endpoint, quick enough for single rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from storage.records import Signature

BATCH_ROWS = 16_384
"""Rows per call: wide models would otherwise ask for gigabytes between their nodes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """A model's answers to some rows."""

    labels: tuple[str, ...]
    """Class names, one a row; empty for a regression."""
    scores: NDArray[np.float64]
    """Probabilities (n, classes), or values (n,)."""


class Session:
    """A loaded ONNX model; may be asked by several threads at once."""

    def __init__(self, model: bytes, signature: Signature, *, threads: int = 1) -> None:
        """Loads `model`.

        Args:
            model: What `exporting.export` wrote.
            signature: The signature it was exported with.
            threads: Threads within one call; 1 is quickest for single rows.
        """
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        self.signature = signature
        self._session = ort.InferenceSession(
            model, sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._inputs = tuple((column.name, column.graph_name) for column in signature.inputs)
        self._is_regression = signature.task == "regression"
        self._is_binary = signature.task == "binary"
        self._scores = ["value"] if self._is_regression else ["probabilities"]
        self._all = ["value"] if self._is_regression else ["label", "probabilities"]

    def scores(self, columns: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
        """Probability of class 1 (n,), of every class (n, classes), or the value (n,).

        Args:
            columns: Per input float64 or an object array of texts, (n,) or (n, 1), as
                `signature.arrays` and `columns.typed` give them.
        """
        (table,) = self._run(self._scores, columns)
        if self._is_regression:
            return table[:, 0]
        return table[:, 1] if self._is_binary else table

    def predict(self, columns: Mapping[str, NDArray[Any]]) -> Prediction:
        """Labels and all probabilities, or the values, of some rows; `columns` as for `scores`."""
        if self._is_regression:
            return Prediction(labels=(), scores=self.scores(columns))
        names, table = self._run(self._all, columns)
        return Prediction(labels=tuple(names.tolist()), scores=table)

    def _run(self, outputs: list[str], columns: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        feeds = {graph_name: columns[name].reshape(-1, 1) for name, graph_name in self._inputs}
        rows = len(next(iter(feeds.values())))
        if rows <= BATCH_ROWS:
            answers: list[NDArray[Any]] = self._session.run(outputs, feeds)
            return answers
        parts = [
            self._session.run(
                outputs, {name: one[start : start + BATCH_ROWS] for name, one in feeds.items()}
            )
            for start in range(0, rows, BATCH_ROWS)
        ]
        return [np.concatenate(part) for part in zip(*parts, strict=True)]
