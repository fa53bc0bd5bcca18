"""scikit-learn's imputers, of numbers and of texts, in double."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - makes IterativeImputer importable
from sklearn.impute import IterativeImputer, MissingIndicator, SimpleImputer

from workbench.engines.export import maths
from workbench.engines.export.composing import picked, separate
from workbench.engines.export.emission import Block, Emission, Transform, Unsupported
from workbench.engines.export.graphs import ML
from workbench.engines.export.tensors import Tensor, side_by_side


def _simple(emission: Emission, step: SimpleImputer, block: Block) -> Block:
    fills = np.asarray(step.statistics_)
    kept = [at for at, fill in enumerate(fills) if step.keep_empty_features or not _is_nan(fill)]
    if not kept:
        raise Unsupported("no column it was fitted on had a value")
    if not any(map(emission.is_text, block)):
        matrix = emission.tensor(picked(emission, block, kept))
        absent = _absent(matrix, step.missing_values)
        filled = [absent.where(fills[kept].astype(np.float64), matrix).name]
    else:
        columns = separate(emission, block, len(fills))
        filled = [_filled(emission, columns[at], fills[at], step.missing_values) for at in kept]
    if not _watches(step):
        return _joined(emission, filled, [])
    indicated = _indicated(emission, step.indicator_, block).name
    return _joined(
        emission, filled, separate(emission, [indicated], len(step.indicator_.features_))
    )


def _watches(step: Any) -> bool:
    """Whether an imputer adds columns that tell what was missing: it does where training lacked values."""
    return bool(step.add_indicator and len(step.indicator_.features_))


def _joined(emission: Emission, filled: Block, indicated: Block) -> Block:
    columns = [*filled, *indicated]
    return columns if any(map(emission.is_text, columns)) else [emission.matrix(columns)]


def _filled(emission: Emission, column: str, fill: Any, missing_values: Any) -> str:
    value = Tensor(emission.graph, column)
    if not emission.is_text(column):
        if isinstance(fill, str):
            raise Unsupported(f"it puts '{fill}' among numbers")
        return _absent(value, missing_values).where(np.array([float(fill)]), value).name
    if not isinstance(missing_values, str):
        return column  # no text is one of them
    if not isinstance(fill, str):
        raise Unsupported(f"it puts {fill!r} among texts")
    absent = _is_the_text(value, missing_values)
    return emission.as_texts(absent.where(np.array([fill], object), value).name)


def _absent(value: Tensor, missing_values: Any) -> Tensor:
    """Which numbers are missing, as booleans."""
    if _is_nan(missing_values) or missing_values is None:
        return maths.is_nan(value)
    if isinstance(missing_values, str):
        raise Unsupported("it looks for a text among numbers")
    return value.equals(float(missing_values))


def _is_the_text(value: Tensor, text: str) -> Tensor:
    found = value.graph.node(
        "LabelEncoder",
        value.name,
        domain=ML,
        keys_strings=[text],
        values_int64s=[1],
        default_int64=0,
    )
    return Tensor(value.graph, found).of("Cast", to=TensorProto.BOOL)


def _is_nan(value: Any) -> bool:
    # pandas' NA is no float, and stands for the same.
    return (
        value is None
        or (isinstance(value, float) and np.isnan(value))
        or "NAType" in str(type(value))
    )


def _indicated(emission: Emission, step: MissingIndicator, block: Block) -> Tensor:
    """1 where the columns that `step` watches lack a value, else 0, (n, columns)."""
    watched = [int(at) for at in step.features_]
    if not watched:
        raise Unsupported("its indicator watches no column")
    if not any(map(emission.is_text, block)):
        matrix = emission.tensor(picked(emission, block, watched))
        return _absent(matrix, step.missing_values).double()
    return side_by_side(
        *(
            _absent_in(emission, value, step.missing_values).double()
            for value in picked(emission, block, watched)
        )
    )


def _absent_in(emission: Emission, column: str, missing_values: Any) -> Tensor:
    value = Tensor(emission.graph, column)
    if not emission.is_text(column):
        return _absent(value, missing_values)
    if isinstance(missing_values, str):
        return _is_the_text(value, missing_values)
    return _is_the_text(value, "").of("And", np.zeros(1, np.bool_))  # no text is one of them


def _missing_indicator(emission: Emission, step: MissingIndicator, block: Block) -> str:
    return _indicated(emission, step, block).name


def _iterative(emission: Emission, step: IterativeImputer, block: Block) -> Block:
    """Each step of the imputation in turn, as rows are imputed among others that lack nothing."""
    if step.sample_posterior:
        raise Unsupported("it draws what it imputes by chance")
    matrix = emission.tensor(block)
    (start,) = _simple(emission, step.initial_imputer_, block)
    # scikit-learn keeps the columns it left out in a private place, and nowhere else.
    empty = np.asarray(step._is_empty_feature)  # noqa: SLF001
    kept = np.flatnonzero(~empty | step.keep_empty_features)
    absent = _absent(matrix.columns(kept), step.missing_values)
    columns = [Tensor(emission.graph, start).column(at) for at in range(len(kept))]
    lacking = [absent.column(at) for at in range(len(kept))]
    if step.n_iter_:
        for feature, others, estimator in step.imputation_sequence_:
            if empty[kept[feature]]:
                continue
            found = _predicted(emission, estimator, [columns[at] for at in others])
            bounds = step._min_value[feature], step._max_value[feature]  # noqa: SLF001
            found = maths.bounded(found, *map(float, bounds))
            columns[feature] = lacking[feature].where(found, columns[feature])
    joined = side_by_side(*columns)
    if _watches(step):
        joined = side_by_side(joined, _indicated(emission, step.indicator_, block))
    return [joined.name]


def _predicted(emission: Emission, estimator: Any, columns: list[Tensor]) -> Tensor:
    found = emission.scores(estimator, side_by_side(*columns).name)
    return Tensor(emission.graph, found).of("Reshape", np.array([-1, 1]))


TRANSFORMS: dict[type[Any], Transform] = {
    SimpleImputer: _simple,
    MissingIndicator: _missing_indicator,
    IterativeImputer: _iterative,
}
