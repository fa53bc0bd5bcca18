"""The zoo: every estimator of scikit-learn, and LightGBM's variants, exported and held against themselves.

`python -m tests.engines.export.zoo > docs/EXPORT.md` writes what became of each.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Literal

from sklearn.base import ClassifierMixin, OutlierMixin, clone
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import all_estimators, get_tags

from tests.engines.export import lightgbm_zoo, zoo_predictors, zoo_rows
from tests.engines.export.zoo_proofs import Outcome, proved, quietly, transformed
from tests.engines.export.zoo_transformers import CASES, DETECTORS, Case
from workbench.engines.export.transformers import functions, refusing
from workbench.engines.native import PipelineModel, frame

Kind = Literal["classifier", "regressor", "transformer", "outlier detector", "LightGBM"]
Animal = tuple[Kind, str]


def animals() -> list[Animal]:
    """Every estimator by its kind and name; what predicts and transforms too counts as a predictor."""
    by_kind: dict[Kind, list[str]] = {
        "classifier": [name for name, _ in all_estimators("classifier")],
        "regressor": [name for name, _ in all_estimators("regressor")],
    }
    predicting = {name for names in by_kind.values() for name in names}
    transforming = [name for name, _ in all_estimators("transformer")]
    by_kind["transformer"] = [name for name in transforming if name not in predicting]
    by_kind["outlier detector"] = [
        name for name, kind in all_estimators() if issubclass(kind, OutlierMixin)
    ]
    by_kind["LightGBM"] = [variant.name for variant in lightgbm_zoo.VARIANTS]
    return [(kind, name) for kind, names in by_kind.items() for name in names]


def outcome(animal: Animal) -> Outcome:
    """The worst outcome of all forms of an estimator."""
    kind, name = animal
    with quietly():
        return _OF_KIND.get(kind, _of_predictor)(name)


def _of_transformer(name: str) -> Outcome:
    kind = dict(all_estimators())[name]
    if kind in refusing.REASONS:
        return Outcome(word="refused", reason=f"{refusing.REASONS[kind]}.")
    case = CASES.get(name, Case("numbers"))
    return _worst(one for step in case.made(kind) for one in _transforming(step, case))


def _transforming(step: Any, case: Case) -> list[Outcome]:
    """A transformer by itself, and before a linear model."""
    columns = zoo_rows.KINDS[case.rows]()
    signature, rows = zoo_rows.typed_rows("regression", columns)
    target = zoo_rows.target("binary", columns).astype(float)
    steps = _steps(step, case, is_text=case.rows == "mixed")
    if case.is_last:
        return [transformed(make_pipeline(*steps).fit(frame(rows), target), signature, rows)]
    pipeline = make_pipeline(*steps, SimpleImputer(), Ridge()).fit(frame(rows), target)
    alone = Pipeline(pipeline.steps[: len(steps)])
    model = PipelineModel(signature=signature, pipeline=pipeline, is_built_in=False)
    return [transformed(alone, signature, rows), proved(model, rows, target)]


def _of_detector(name: str) -> Outcome:
    case = DETECTORS[name]
    signature, rows = zoo_rows.typed_rows("regression", zoo_rows.KINDS[case.rows]())
    found = []
    for estimator in case.made(dict(all_estimators())[name]):
        pipeline = make_pipeline(*_steps(estimator, case)).fit(frame(rows))
        model = PipelineModel(signature=signature, pipeline=pipeline, is_built_in=False)
        found.append(proved(model, rows, model.scores(rows)))
    return _worst(found)


def _of_predictor(name: str) -> Outcome:
    kind = dict(all_estimators())[name]
    if not issubclass(kind, ClassifierMixin):
        return _predicting(name, kind, "regression")
    of_two = _predicting(name, kind, "binary")
    if name in zoo_predictors.TWO_CLASSES:
        return of_two
    of_more = _predicting(name, kind, "multiclass")
    if of_more.word == "refused" and of_two.word in {"exact", "within tolerance"}:
        return replace(of_two, reason=f"Two classes only: {of_more.reason}")
    return _worst([of_two, of_more])


def _predicting(name: str, kind: type, task: str) -> Outcome:
    case = zoo_predictors.case_of(name, kind)
    columns = zoo_rows.KINDS[case.rows]()
    signature, rows = zoo_rows.typed_rows(task, columns)
    target = zoo_rows.target(task, columns)
    found = []
    for estimator in case.made(kind):
        pipeline = make_pipeline(*_steps(estimator, case))
        pipeline.fit(frame(rows), zoo_predictors.shaped(name, target))
        model = PipelineModel(signature=signature, pipeline=pipeline, is_built_in=False)
        found.append(proved(model, rows, target))
    return _worst(found)


def _of_variant(name: str) -> Outcome:
    (variant,) = (one for one in lightgbm_zoo.VARIANTS if one.name == name)
    return proved(*variant.trained())


def _steps(estimator: Any, case: Case, *, is_text: bool = False) -> list[Any]:
    """An estimator behind what it needs before it, for rows that lack values too."""
    takes_holes = get_tags(estimator).input_tags.allow_nan or is_text
    imputers = [] if takes_holes else [SimpleImputer()]
    scalers = [StandardScaler()] if case.is_scaled else []
    return [*imputers, *scalers, *map(clone, case.before), estimator]


def _worst(outcomes: Iterable[Outcome]) -> Outcome:
    return max(outcomes, key=lambda one: one.badness)


_OF_KIND = {
    "transformer": _of_transformer,
    "outlier detector": _of_detector,
    "LightGBM": _of_variant,
}

if __name__ == "__main__":
    from tests.engines.export import zoo_document

    names = sorted({f"`{one.__name__}`" for one in functions.FUNCTIONS})
    shown = textwrap.fill(", ".join(names), 100, initial_indent="  ", subsequent_indent="  ")
    sys.stdout.write(zoo_document.written({animal: outcome(animal) for animal in animals()}, shown))
