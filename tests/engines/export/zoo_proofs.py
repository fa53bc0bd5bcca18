"""How the zoo judges: model and graph asked the same rows, real ones and hostile ones."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from storage.records import Signature
from workbench.core import hostile, parity
from workbench.engines.export import exporting
from workbench.engines.export.emission import Emission
from workbench.engines.export.graphs import Graph
from workbench.engines.native import NativeModel, frame, one_thread
from workbench.engines.onnx_session import Session
from workbench.errors import ExportRefused

EXACT = 1e-9
"""Difference up to which an answer is exact; values count in standard deviations of the target."""
HOSTILE_ROWS = 240
REMOTE = 1e5
"""Size from which rounding alone may decide what a model answers."""
NEXT = (-17, -5, -1, 1, 5, 17)
"""How many numbers away from a remote one the model is asked too."""
SMALLEST = 4
"""Rows fewer than these are not halved to find the one that a model refuses."""

Word = Literal["exact", "within tolerance", "refused", "wrong"]
Columns = dict[str, NDArray[Any]]
Answers = Callable[[Columns], NDArray[np.float64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an export."""

    word: Word
    reason: str = ""
    """Why it is refused, or how it is wrong."""
    difference: float = 0.0
    answered: int = 0
    """Hostile rows that the model has an answer for."""

    @property
    def badness(self) -> tuple[int, float]:
        """Sorts outcomes, the best first."""
        order: tuple[Word, ...] = ("exact", "within tolerance", "refused", "wrong")
        return order.index(self.word), self.difference


def proved(model: NativeModel, rows: Columns, target: NDArray[Any]) -> Outcome:
    """The outcome of a model's export, as its registration would judge it.

    Args:
        model: A fitted model.
        rows: Real rows, typed.
        target: Their values; used for a regression only.
    """
    signature = model.signature
    try:
        session = Session(exporting.export(model, signature), signature)
    except ExportRefused as refusal:
        return Outcome(word="refused", reason=refusal.problem)
    asked, native = _asked(model.scores, signature, rows)
    prediction = session.predict(asked)
    scores = prediction.scores
    codes = None
    if signature.classes:
        scores = scores[:, 1] if signature.task == "binary" else scores
        codes = np.array([signature.classes.index(one) for one in prediction.labels])
    spread = float(np.std(target)) or 1.0
    found = parity.compare(
        native,
        scores,
        task=signature.task,
        hostile_from=len(next(iter(rows.values()))),
        target_std=spread,
        onnx_labels=codes,
    )
    difference = found.max_abs_diff / (1.0 if signature.classes else spread)
    return _outcome(
        difference,
        found.rows - len(next(iter(rows.values()))),
        flips=found.flips,
        limit=parity.LIMIT,
    )


def transformed(step: Any, signature: Signature, rows: Columns) -> Outcome:
    """The outcome of a fitted transformer by itself: each number it gives, in proportion to its size."""

    def _native(asked: Columns) -> NDArray[np.float64]:
        found = step.transform(frame(asked))
        return np.asarray(found.toarray() if hasattr(found, "toarray") else found, np.float64)

    asked, native = _asked(_native, signature, rows)
    width = tuple(map(str, range(native.shape[1])))
    graph = Graph(replace(signature, task="multiclass", classes=width))
    columns = [column.graph_name for column in signature.inputs]
    try:
        made = graph.finish(
            probabilities=Emission(graph, exporting.EMITTERS).transformed(step, columns)
        )
    except ExportRefused as refusal:
        return Outcome(word="refused", reason=refusal.problem)
    session = ort.InferenceSession(made, providers=["CPUExecutionProvider"])
    feeds = {column.graph_name: asked[column.name].reshape(-1, 1) for column in signature.inputs}
    (answers,) = session.run(None, feeds)
    real = len(next(iter(rows.values())))
    sizes = np.where(np.isfinite(native), np.abs(native), 0.0)
    size = np.maximum(sizes.max(axis=1, keepdims=True), sizes[:real].max(axis=0).clip(1.0))
    difference = float(parity.differing(native / size, answers / size).max())
    return _outcome(difference, len(native) - real)


def _outcome(difference: float, answered: int, *, flips: int = 0, limit: float = 1e-6) -> Outcome:
    word: Word = "exact" if difference <= EXACT else "within tolerance"
    reason = ""
    if flips or difference > limit:
        word, reason = "wrong", f"off by {difference:.3g}, {flips} other labels"
    return Outcome(word=word, reason=reason, difference=difference, answered=answered)


def _asked(
    native: Answers, signature: Signature, rows: Columns
) -> tuple[Columns, NDArray[np.float64]]:
    """Real rows and those hostile ones that the model has an answer for, with its answers."""
    rng = np.random.default_rng(0)
    derived = hostile.derived(rows, signature, rng=rng, rows=HOSTILE_ROWS)
    parts, answers = [rows], [native(rows)]
    waiting = [derived.taken(derived.kinds == kind) for kind in dict.fromkeys(derived.kinds)]
    while waiting:
        part = waiting.pop()
        try:
            found = native(part.columns)
            is_remote = _is_remote(part.columns)
            is_sure = ~is_remote
            if is_remote.any():
                remote = part.taken(is_remote).columns
                is_sure[is_remote] = _is_stable(native, remote, found[is_remote])
        except (ValueError, IndexError):
            half = len(part) // 2
            if half >= SMALLEST:
                waiting += [part.taken(slice(half)), part.taken(slice(half, None))]
            continue
        parts.append(part.taken(is_sure).columns)
        answers.append(found[is_sure])
    joined = {name: np.concatenate([part[name] for part in parts]) for name in rows}
    return joined, np.concatenate(answers)


def _is_remote(columns: Columns) -> NDArray[np.bool_]:
    """Which rows hold a number far outside everything real."""
    found = np.zeros(len(next(iter(columns.values()))), np.bool_)
    for values in columns.values():
        found |= (np.abs(values) >= REMOTE) if values.dtype.kind == "f" else False
    return found


def _is_stable(
    native: Answers, columns: Columns, answers: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """For which rows the model answers the next numbers alike: elsewhere all it gives is rounding."""
    factors = 1 + np.repeat(NEXT, len(answers)) * 2.0**-52
    repeated = {name: np.tile(values, len(NEXT)) for name, values in columns.items()}
    with np.errstate(all="ignore"):
        nudged = {
            name: values * factors if values.dtype.kind == "f" else values
            for name, values in repeated.items()
        }
        known = np.tile(answers.reshape(len(answers), -1), (len(NEXT), 1))
        found = native(nudged).reshape(len(known), -1)
        is_alike = np.abs(found - known) / np.maximum(np.abs(known), 1.0) < EXACT / 10
    return is_alike.reshape(len(NEXT), -1, known.shape[1]).all(axis=(0, 2))


@contextmanager
def quietly() -> Iterator[None]:
    """Without the warnings of estimators that learn from few rows for a short time."""
    with warnings.catch_warnings(), np.errstate(all="ignore"), one_thread():
        warnings.simplefilter("ignore")
        yield
