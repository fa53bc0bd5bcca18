"""Estimators of scikit-learn and LightGBM from pickles, joblib and skops files."""

from __future__ import annotations

import io
import warnings
from typing import Any

import joblib
import lightgbm
import numpy as np
import sklearn
import skops.io
from sklearn.base import BaseEstimator, is_classifier, is_outlier_detector, is_regressor
from sklearn.exceptions import InconsistentVersionWarning, NotFittedError
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from storage.records import Signature
from workbench.core.classes import class_codes, class_names
from workbench.engines.estimators import first_line
from workbench.engines.export import exporting
from workbench.engines.foreign import boosters
from workbench.engines.foreign.opened import Built, Opened, unreadable
from workbench.engines.native import TRUSTED_PACKAGES, PipelineModel, dump
from workbench.errors import TrainingFailed

UNTRUSTED = (
    "A pickle runs whatever its author wrote into it, with your rights, as soon as it is opened. "
    "If you trust who made it, give --trust; a .skops, .onnx or LightGBM .txt file needs no trust."
)


def read_pickle(content: bytes, name: str, *, trust: bool) -> Opened:
    """The estimator of a pickle or joblib file; loading it runs code that stands in it.

    Raises:
        ModelUnreadable: It is not trusted, cannot be loaded, or holds something else.
    """
    if not trust:
        raise unreadable(name, "it is a pickle and was not trusted", UNTRUSTED)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            found = joblib.load(io.BytesIO(content))
        except MemoryError:
            raise
        except Exception as error:  # whatever stands in a pickle may raise anything
            raise unreadable(
                name,
                f"it cannot be loaded ({first_line(error)})",
                "Write it anew with the packages that are installed here, or export it to ONNX.",
            ) from error
    return opened(found, name, notes=_versions(told))


def read_skops(content: bytes, name: str) -> Opened:
    """The estimator of a skops file, which holds nothing but types we know.

    Raises:
        ModelUnreadable: It is none, or holds other types.
    """
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            types: list[str] = skops.io.get_untrusted_types(data=content)
            foreign = [one for one in types if not one.startswith(TRUSTED_PACKAGES)]
            found = None if foreign else skops.io.loads(content, trusted=types)
        except MemoryError:
            raise
        except Exception as error:  # a damaged archive may raise anything
            raise unreadable(name, f"it is no skops file ({first_line(error)})") from error
    if foreign:
        raise unreadable(
            name,
            f"it holds types that are not of scikit-learn, numpy or scipy: {', '.join(foreign)}",
            "Build the pipeline from scikit-learn's own transformers.",
        )
    return opened(found, name, notes=_versions(told))


def opened(found: Any, name: str, *, notes: tuple[str, ...] = ()) -> Opened:
    """What was in a file, as a model from elsewhere.

    Raises:
        ModelUnreadable: It is no fitted classifier, regressor or outlier detector.
    """
    if isinstance(found, lightgbm.Booster):
        return boosters.opened(found, name)
    _refuse_others(found, name)
    if isinstance(found, lightgbm.LGBMModel):
        classes = _classes(found, name) if isinstance(found, lightgbm.LGBMClassifier) else ()
        return boosters.opened(found.booster_, name, kind=type(found).__name__, classes=classes)
    estimator = getattr(found, "best_estimator_", found)
    names = tuple(map(str, getattr(estimator, "feature_names_in_", ())))
    classes = _classes(estimator, name) if is_classifier(estimator) else ()
    task = "regression" if not classes else "binary" if len(classes) == 2 else "multiclass"
    is_pipeline = isinstance(estimator, Pipeline)
    pipeline = estimator if is_pipeline else Pipeline([("model", estimator)])

    def build(signature: Signature) -> Built:
        model = PipelineModel(signature=signature, pipeline=pipeline, is_built_in=False)
        try:
            dump(model)
        except TrainingFailed as error:
            raise unreadable(name, error.problem.rstrip("."), error.remedy) from error
        return Built(signature=signature, graph=exporting.export(model, signature), native=model)

    return Opened(
        kind=type(estimator).__name__ if not is_pipeline else _steps(estimator),
        features=names,
        count=getattr(estimator, "n_features_in_", len(names) or None),
        task=task,
        classes=classes,
        class_count=len(classes),
        is_measured=not is_outlier_detector(estimator),
        notes=notes,
        build=build,
    )


def _refuse_others(found: Any, name: str) -> None:
    kind = f"{type(found).__module__}.{type(found).__name__}"
    if not isinstance(found, BaseEstimator):
        raise unreadable(
            name,
            f"it holds a {kind}, which is no estimator of scikit-learn or LightGBM",
            "Put the fitted estimator or Pipeline itself into the file.",
        )
    if not (is_classifier(found) or is_regressor(found) or is_outlier_detector(found)):
        raise unreadable(
            name, f"its {type(found).__name__} is no classifier, regressor or outlier detector"
        )
    try:
        check_is_fitted(found)
    except (NotFittedError, TypeError) as error:
        raise unreadable(
            name, f"its {type(found).__name__} is not fitted", "Fit it before you write it."
        ) from error


def _classes(estimator: Any, name: str) -> tuple[str, ...]:
    """What the classes are called, in the order of the probabilities."""
    found = getattr(estimator, "classes_", None)
    if not isinstance(found, np.ndarray) or found.ndim != 1 or len(found) < 2:
        raise unreadable(name, f"its {type(estimator).__name__} has no one list of classes")
    names = class_names(found)
    if class_codes(found, names).tolist() != list(range(len(found))):
        raise unreadable(
            name, f"its classes ({', '.join(map(str, found[:5]))}) stand in no known order"
        )
    return names


def _steps(pipeline: Pipeline) -> str:
    return " -> ".join(type(step).__name__ for _, step in pipeline.steps)


def _versions(told: list[warnings.WarningMessage]) -> tuple[str, ...]:
    """That the file was written by another scikit-learn, which may have meant something else by it."""
    made = {
        str(one.message.original_sklearn_version)
        for one in told
        if isinstance(one.message, InconsistentVersionWarning)
    }
    return tuple(
        f"Written by scikit-learn {version} and read by {sklearn.__version__}: its answers may differ "
        "from those it gave there."
        for version in sorted(made)
    )
