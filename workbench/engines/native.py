"""Trained models in the form that made them: asked for scores, written to bytes and read back."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from typing import Any, Literal

import lightgbm
import msgspec
import numpy as np
import pandas as pd
import skops.io
from numpy.typing import NDArray
from sklearn.base import is_outlier_detector
from threadpoolctl import ThreadpoolController

from storage.records import InputType, Signature
from workbench.core.columns import Columns, typed
from workbench.engines import archives
from workbench.errors import TrainingFailed

TRUSTED_PACKAGES = ("sklearn.", "numpy.", "scipy.", "workbench.engines.moments.")
"""Only types of these packages are rebuilt from a stored model; any other one is refused."""

Typed = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoosterModel:
    """Trees by LightGBM over encoded columns."""

    signature: Signature
    booster: lightgbm.Booster
    threads: int = 1

    def scores(self, features: Columns) -> NDArray[np.float64]:
        """Probability of class 1 (n,), of every class (n, classes), or the value (n,)."""
        return self.matrix_scores(encoded(self.signature, typed(self.signature, features)))

    def matrix_scores(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """The scores of rows that are encoded already, shape (n, inputs)."""
        scores = self.booster.predict(matrix, num_threads=self.threads)
        return np.asarray(scores, np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineModel:
    """A scikit-learn pipeline over a frame of raw columns."""

    signature: Signature
    pipeline: Any
    is_built_in: bool
    """Whether its first step is `preprocessing.built_in`."""

    def scores(self, features: Columns) -> NDArray[np.float64]:
        """Probability of class 1 (n,), of every class (n, classes), or the value (n,).

        Raises:
            ValueError: The pipeline refuses a value, mostly an infinite one.
        """
        return estimator_scores(
            self.pipeline, frame(typed(self.signature, features)), self.signature.task
        )


NativeModel = BoosterModel | PipelineModel


class _Header(msgspec.Struct, frozen=True):
    """The first line of a stored model; the rest is what its library wrote."""

    format: Literal["lightgbm", "skops"]
    signature: Signature
    is_built_in: bool = False
    threads: int = 1


def dump(model: NativeModel) -> bytes:
    """`model` as bytes that `load` turns into the very same model.

    Raises:
        TrainingFailed: It holds types from outside scikit-learn, numpy and scipy.
    """
    if isinstance(model, BoosterModel):
        header = _Header("lightgbm", model.signature, threads=model.threads)
        body = model.booster.model_to_string().encode()
    else:
        header = _Header("skops", model.signature, is_built_in=model.is_built_in)
        body = archives.canonical(skops.io.dumps(model.pipeline))
        _check_types(body)
    return msgspec.json.encode(header) + b"\n" + body


def load(stored: bytes) -> NativeModel:
    """The model that `dump` wrote.

    Raises:
        TrainingFailed: It holds types from outside scikit-learn, numpy and scipy.
    """
    first, _, body = stored.partition(b"\n")
    header = msgspec.json.decode(first, type=_Header)
    if header.format == "lightgbm":
        booster = lightgbm.Booster(model_str=body.decode())
        return BoosterModel(signature=header.signature, booster=booster, threads=header.threads)
    pipeline = skops.io.loads(body, trusted=_check_types(body))
    return PipelineModel(
        signature=header.signature, pipeline=pipeline, is_built_in=header.is_built_in
    )


def canonical(stored: bytes) -> bytes:
    """What `dump` would write of the same model today; older ones name objects by their addresses.

    Args:
        stored: What `dump` wrote.
    """
    first, _, body = stored.partition(b"\n")
    is_archive = msgspec.json.decode(first, type=_Header).format == "skops"
    return first + b"\n" + (archives.canonical(body) if is_archive else body)


def encoded(signature: Signature, columns: Typed) -> NDArray[np.float64]:
    """Typed columns as the matrix LightGBM sees, shape (n, inputs).

    A text becomes its position among the categories of training; missing and unknown ones NaN.
    """
    rows = len(next(iter(columns.values())))
    matrix = np.empty((rows, len(signature.inputs)))
    for position, column in enumerate(signature.inputs):
        values = columns[column.name]
        if column.type is InputType.STRING:
            codes = {text: float(code) for code, text in enumerate(column.categories)}
            found = map(codes.get, values.tolist(), repeat(np.nan))
            values = np.fromiter(found, np.float64, rows)
        matrix[:, position] = values
    return matrix


def frame(columns: Typed) -> pd.DataFrame:
    """Typed columns as the frame scikit-learn sees: float64, and texts as objects."""
    return pd.DataFrame(
        {name: pd.Series(values, dtype=values.dtype) for name, values in columns.items()}
    )


def estimator_scores(estimator: Any, features: Any, task: str) -> NDArray[np.float64]:
    """Scores of a fitted scikit-learn estimator in the form all models give them.

    A classifier without probabilities scores 1 for the class it predicts, and 0 for the others; an
    outlier detector, asked as a regression, what its `decision_function` gives.

    Raises:
        ValueError: The estimator refuses a value, mostly an infinite one.
    """
    with np.errstate(all="ignore"), warnings.catch_warnings(), one_thread():
        # A text that training never saw is no surprise here, and has an answer.
        warnings.filterwarnings("ignore", "Found unknown categories", UserWarning)
        # A model from elsewhere may have learnt from an array, whose columns have no names.
        warnings.filterwarnings("ignore", "X has feature names", UserWarning)
        try:
            if task == "regression":
                is_detector = is_outlier_detector(estimator)
                ask = estimator.decision_function if is_detector else estimator.predict
                return np.asarray(ask(features), np.float64).reshape(-1)
            probabilities = _probabilities(estimator, features)
        except IndexError as error:  # how some say that they do not know a category
            raise ValueError(str(error)) from error
    return probabilities[:, 1].copy() if task == "binary" else probabilities


def _probabilities(estimator: Any, features: Any) -> NDArray[np.float64]:
    """Of every class, (n, classes)."""
    (classes,) = (
        estimator.classes_ if isinstance(estimator.classes_, list) else (estimator.classes_,)
    )
    if not hasattr(estimator, "predict_proba"):
        predicted = np.asarray(estimator.predict(features)).reshape(-1, 1)
        return np.asarray(predicted == np.asarray(classes), np.float64)
    found = estimator.predict_proba(features)
    # Estimators for several targets give a table for each, and chains one of class 1 only.
    probabilities = np.asarray(found[0] if isinstance(found, list) else found, np.float64)
    is_of_class_1 = probabilities.shape[1] == 1 and len(classes) == 2
    return np.hstack([1 - probabilities, probabilities]) if is_of_class_1 else probabilities


def one_thread() -> AbstractContextManager[Any]:
    """Holds numeric libraries to one thread: sums come out alike, and busy cores do not stall."""
    return _thread_pools().limit(limits=1)  # type: ignore[no-any-return]


@cache
def _thread_pools() -> ThreadpoolController:
    return ThreadpoolController()


def _check_types(body: bytes) -> list[str]:
    """The types in a skops file, all of them from packages we trust."""
    found: list[str] = skops.io.get_untrusted_types(data=body)
    foreign = [name for name in found if not name.startswith(TRUSTED_PACKAGES)]
    if foreign:
        raise TrainingFailed(
            f"The recipe's pipeline holds {foreign[0]}, which is not of scikit-learn or numpy; "
            "such a model cannot be kept.",
            "Build the pipeline from scikit-learn's own transformers.",
        )
    return found
