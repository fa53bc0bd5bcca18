"""What a model takes, inferred from its training rows; `checking` holds it against requests."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.records import InputColumn, InputType, Signature
from workbench.core.columns import Columns, are_moments, kind_of, missing, numbers, texts

OUTPUTS = ("label", "probabilities", "value")
"""Names of a graph's outputs, which no input may have."""


def infer(
    features: Columns,
    *,
    task: str,
    classes: tuple[str, ...] = (),
    key: tuple[str, ...] = (),
) -> Signature:
    """The signature of a model that was trained on `features`.

    Args:
        features: The training rows' columns, in the order the model takes them.
        task: binary, multiclass or regression.
        classes: Class names in the order of the probabilities; empty for regression.
        key: Columns a caller may send along to name a row.

    Raises:
        ValueError: A column has a type no model takes.
    """
    graph_names = _graph_names(tuple(features))
    inputs = tuple(
        _input_column(name, graph_names[name], values) for name, values in features.items()
    )
    return Signature(task=task, inputs=inputs, classes=classes, key=key)


def _input_column(name: str, graph_name: str, values: NDArray[Any]) -> InputColumn:
    is_moment = are_moments(values)
    kind = InputType.NUMBER if is_moment else kind_of(values)
    if kind is None:
        raise ValueError(f"Column '{name}' has the type {values.dtype}, which no model takes.")
    absent = missing(values)
    is_ranged = kind in {InputType.NUMBER, InputType.INTEGER}
    present = _finite(values) if is_ranged else np.empty(0)
    categories = set(texts(values).tolist()) - {""} if kind is InputType.STRING else ()
    return InputColumn(
        name=name,
        graph_name=graph_name,
        type=kind,
        nullable=bool(absent.any()),
        minimum=float(present.min()) if present.size else None,
        maximum=float(present.max()) if present.size else None,
        categories=tuple(sorted(map(str, categories))),
        is_moment=is_moment,
    )


def _finite(values: NDArray[Any]) -> NDArray[np.float64]:
    found = numbers(values)
    return found[np.isfinite(found)]


def _graph_names(names: tuple[str, ...]) -> dict[str, str]:
    """ASCII identifiers, unique regardless of the other names a graph holds."""
    given: dict[str, str] = {}
    used = set(OUTPUTS)
    for name in names:
        stem = re.sub(r"\W", "_", name, flags=re.ASCII).strip("_") or "column"
        stem = f"c_{stem}" if stem[0].isdigit() else stem
        free, count = stem, 2
        while free in used:
            free, count = f"{stem}_{count}", count + 1
        used.add(free)
        given[name] = free
    return given
