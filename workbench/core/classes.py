"""The classes of a target: their names, their order and their codes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.columns import missing

UNKNOWN = -1
"""The code of a label that is missing, or that training never saw."""


def class_names(target: NDArray[Any]) -> tuple[str, ...]:
    """The classes of `target` in the order of a model's probabilities.

    Numbers stand in numeric, texts in alphabetical order, false before true; so the second of two
    classes is the positive one. Whole numbers are named without a fraction.
    """
    present = np.ma.getdata(target)[~missing(target)]
    if present.dtype.kind == "O":
        return tuple(sorted({name_of(value) for value in present.tolist()}))
    return tuple(name_of(value) for value in np.unique(present).tolist())


def class_codes(target: NDArray[Any], classes: tuple[str, ...]) -> NDArray[np.int64]:
    """The position of every label in `classes`, `UNKNOWN` for a missing or unseen one.

    Args:
        target: Labels of shape (n,), of the type they had in training or already as names.
        classes: Class names, from `class_names`.
    """
    codes = {name: code for code, name in enumerate(classes)}
    absent = missing(target)
    present = np.ma.getdata(target)[~absent]
    found = np.full(len(absent), UNKNOWN, np.int64)
    if present.dtype.kind in "biuf":
        distinct = np.unique(present)
        of_distinct = [codes.get(name_of(label), UNKNOWN) for label in distinct.tolist()]
        if of_distinct:
            found[~absent] = np.array(of_distinct)[np.searchsorted(distinct, present)]
        return found
    labels = present.tolist()
    if len(set(map(type, labels))) == 1:
        # Each distinct label is named once; 1 and true would count as one label among others.
        of_label = {label: codes.get(name_of(label), UNKNOWN) for label in set(labels)}
        found[~absent] = np.fromiter(map(of_label.__getitem__, labels), np.int64, len(labels))
    else:
        found[~absent] = [codes.get(name_of(label), UNKNOWN) for label in labels]
    return found


def name_of(label: Any) -> str:
    """What the class of a label is called."""
    if isinstance(label, bool):
        return "true" if label else "false"
    if isinstance(label, float) and label.is_integer():
        return str(int(label))
    return str(label)
