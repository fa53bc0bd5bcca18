"""The proof of an export: model and graph asked the same rows, real ones and hostile ones."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.records import Parity, Signature
from workbench.core import hostile, parity
from workbench.core.classes import class_codes
from workbench.core.columns import Columns, typed
from workbench.core.hostile import Rows
from workbench.engines import edges
from workbench.engines.environment import cores, package_versions
from workbench.engines.estimators import first_line
from workbench.engines.export.boosters import boosters
from workbench.engines.native import BoosterModel, NativeModel
from workbench.engines.onnx_session import BATCH_ROWS, Session
from workbench.errors import ExportRefused

MAX_REAL_ROWS = 100_000
HOSTILE_ROWS = 2000
MAX_THRESHOLD_ROWS = 2000
SINGLE_ROWS = 200
"""Rows that the graph is also asked one by one."""
ALONE_ROWS = 2000
"""Rows of each part by which a graph is held against itself."""
THREADS = min(4, cores())
"""How many share the rows of a proof."""
PACKAGES = ("onnx", "onnxruntime", "lightgbm", "scikit-learn", "numpy")

Typed = dict[str, NDArray[Any]]


def prove(  # noqa: PLR0913 - what a proof needs, each by its name
    model: NativeModel,
    session: Session,
    features: Columns,
    *,
    row_numbers: NDArray[np.int64] | None = None,
    threshold_values: Mapping[str, NDArray[np.float64]] | None = None,
    target_std: float | None = None,
    seed: int = 0,
) -> Parity:
    """Asks `model` and its exported graph the same rows and compares every answer.

    Hostile rows that the model itself refuses (mostly infinite numbers) are left out: there is no
    answer to compare with. Some rows are asked one by one too: the graph must answer a row alone as
    it does among others.

    Args:
        model: The trained model.
        session: Its exported graph, loaded.
        features: Real rows as the store gives them, at least one; at most 100,000 drawn ones are
            asked.
        row_numbers: Where each of them lies in the dataset version; None: where it lies in `features`.
        threshold_values: Per number column values to ask exactly and from both sides; None: the
            thresholds of LightGBM's trees, and of other models the values at which they jump.
        target_std: Standard deviation of the target, for a regression.
        seed: Fixes the rows drawn and derived.

    Raises:
        ExportRefused: The graph has no answer where the model has one, or the model refuses real rows.
    """
    rng = np.random.default_rng(seed)
    real = _drawn(model.signature, features, row_numbers, MAX_REAL_ROWS, rng)
    if threshold_values is None:
        threshold_values = _thresholds(model, real.columns, rng)
    tried = _hostile(model.signature, real, threshold_values, rng)
    answered, hostile_scores = _answered(model, tried)
    asked = hostile.joined([real, answered])
    native = np.concatenate([_scores(model, real), hostile_scores])
    answers, codes = _graph_answers(session, asked.columns)
    singles = _spread(len(real), len(asked), rng)
    _worse_alone(session, asked, singles, native, answers, codes)
    found = parity.compare(
        native,
        answers,
        task=model.signature.task,
        hostile_from=len(real),
        target_std=target_std,
        onnx_labels=codes,
        asked=asked,
    )
    return replace(found, packages=package_versions(PACKAGES), single_rows=len(singles))


def prove_alone(
    session: Session, features: Columns, *, target_std: float | None = None, seed: int = 0
) -> Parity:
    """Holds a graph without another form of its model against itself: row by row against all at once.

    Args:
        session: The graph, loaded.
        features: Real rows as the store gives them, at least one; at most 2,000 drawn ones are asked.
        target_std: Standard deviation of the target, for a regression.
        seed: Fixes the rows drawn and derived.

    Raises:
        ExportRefused: The graph has no answer for some rows.
    """
    rng = np.random.default_rng(seed)
    signature = session.signature
    real = _drawn(signature, features, None, ALONE_ROWS, rng)
    asked = hostile.joined([real, _hostile(signature, real, {}, rng)])
    answers, codes = _graph_answers(session, asked.columns)
    alone = [_graph_answers(session, _row(asked.columns, row)) for row in range(len(asked))]
    found = parity.compare(
        np.concatenate([scores for scores, _ in alone]),
        answers,
        task=signature.task,
        hostile_from=len(real),
        target_std=target_std,
        onnx_labels=codes,
        asked=asked,
    )
    return replace(
        found, packages=package_versions(PACKAGES), against="itself", single_rows=len(asked)
    )


def _thresholds(
    model: NativeModel, rows: Typed, rng: np.random.Generator
) -> Mapping[str, NDArray[np.float64]]:
    if isinstance(model, BoosterModel):
        return boosters.thresholds(model)
    if model.signature.classes and not hasattr(model.pipeline, "predict_proba"):
        return {}  # at the edge of a bare decision the last bit of a sum decides, in either form
    return edges.edges(model.scores, rows, model.signature, rng=rng)


def _hostile(
    signature: Signature,
    real: Rows,
    threshold_values: Mapping[str, NDArray[np.float64]],
    rng: np.random.Generator,
) -> Rows:
    parts = [hostile.derived(real.columns, signature, rng=rng, rows=HOSTILE_ROWS)]
    if threshold_values:
        parts.append(
            hostile.at_values(real.columns, threshold_values, rng=rng, most=MAX_THRESHOLD_ROWS)
        )
    return hostile.joined(parts)


def _graph_answers(
    session: Session, columns: Typed
) -> tuple[NDArray[np.float64], NDArray[np.int64] | None]:
    """Scores, and the class codes the graph gave itself (None for a regression)."""
    signature = session.signature
    try:
        found = session.predict(columns)
    except Exception as error:  # the runtime has no common base of its errors
        raise ExportRefused(
            f"The exported graph has no answer for some rows: {first_line(error)[:300]}.",
            "Choose another estimator.",
        ) from error
    if not signature.classes:
        return found.scores, None
    scores = found.scores[:, 1] if signature.task == "binary" else found.scores
    return scores.copy(), class_codes(np.array(found.labels, object), signature.classes)


def _worse_alone(
    session: Session,
    asked: Rows,
    singles: NDArray[np.int64],
    native: NDArray[np.float64],
    answers: NDArray[np.float64],
    codes: NDArray[np.int64] | None,
) -> None:
    """Puts the answers to rows asked one by one in, where they are further off than among others."""
    for row in singles:
        scores, own = _graph_answers(session, _row(asked.columns, int(row)))
        here = slice(row, row + 1)
        batch, alone = (parity.differing(native[here], one)[0] for one in (answers[here], scores))
        is_other = codes is not None and own is not None and codes[row] != own[0]
        if alone > batch or is_other:
            answers[row] = scores[0]
            if codes is not None and own is not None:
                codes[row] = own[0]


def _spread(real: int, total: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Rows to be asked one by one: half of them real, half derived."""
    half = SINGLE_ROWS // 2
    parts = [
        rng.choice(np.arange(first, last), min(half, last - first), replace=False)
        for first, last in ((0, real), (real, total))
    ]
    return np.sort(np.concatenate(parts))


def _drawn(
    signature: Signature,
    features: Columns,
    numbers: NDArray[np.int64] | None,
    most: int,
    rng: np.random.Generator,
) -> Rows:
    columns = typed(signature, features)
    rows = len(next(iter(columns.values())))
    found = hostile.real(columns, np.arange(rows) if numbers is None else numbers)
    if rows <= most:
        return found
    return found.taken(np.sort(rng.choice(rows, most, replace=False)))


def _answered(model: NativeModel, rows: Rows) -> tuple[Rows, NDArray[np.float64]]:
    """The rows that `model` has an answer for, with its answers; found by halving.

    A score that is no finite number is no answer: at the ends of what a double holds, whether a sum
    overflows depends on the order of adding up.

    Rows with infinite numbers are left out together, and so are those with numbers beyond float32: a
    model takes them or does not.
    """
    reach = _reach(rows)
    is_infinite, is_beyond = np.isinf(reach), reach > np.finfo(np.float32).max
    answered: list[Rows] = [rows.taken(slice(0))]
    scores = [np.empty((0, len(model.signature.classes))[: _score_axes(model)])]
    waiting = [(rows.taken(~is_beyond), True)]
    waiting += [(rows.taken(is_beyond & ~is_infinite), False), (rows.taken(is_infinite), False)]
    while waiting:
        part, is_halved = waiting.pop()
        if not len(part):
            continue
        try:
            found = model.scores(part.columns)
            is_answer = np.asarray(np.isfinite(found).reshape(len(part), -1).all(axis=1))
            scores.append(found[is_answer])
            answered.append(part.taken(is_answer))
        except ValueError:
            if len(part) > 1 and is_halved:
                half = len(part) // 2
                waiting += [(part.taken(slice(half, None)), True), (part.taken(slice(half)), True)]
    return hostile.joined(answered), np.concatenate(scores)


def _scores(model: NativeModel, rows: Rows) -> NDArray[np.float64]:
    """The model's answers, some rows at a time: kernels and neighbours take memory for each."""

    def ask(start: int) -> NDArray[np.float64]:
        return model.scores(rows.taken(slice(start, start + BATCH_ROWS)).columns)

    # LightGBM lets go of the interpreter; scikit-learn's libraries are held to one thread for all.
    threads = THREADS if isinstance(model, BoosterModel) else 1
    try:
        with ThreadPoolExecutor(threads, thread_name_prefix="proof") as pool:
            parts = list(pool.map(ask, range(0, len(rows), BATCH_ROWS)))
    except ValueError as error:
        raise ExportRefused(
            f"The trained model itself refuses rows of its dataset version: {first_line(error)[:300]}.",
            "Let its recipe take every value, such as OneHotEncoder(handle_unknown='ignore').",
        ) from error
    return np.concatenate(parts)


def _reach(rows: Rows) -> NDArray[np.float64]:
    """The largest magnitude in each row, shape (rows,); NaN counts for nothing."""
    found = np.zeros(len(rows))
    for values in rows.columns.values():
        if values.dtype.kind == "f":
            found = np.fmax(found, np.abs(values))
    return found


def _score_axes(model: NativeModel) -> int:
    return 2 if model.signature.task == "multiclass" else 1


def _row(columns: Typed, row: int) -> Typed:
    return {name: values[row : row + 1] for name, values in columns.items()}
