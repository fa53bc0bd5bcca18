"""What a file with a model says of itself, before anybody says which columns it is asked about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.records import Signature
from workbench.engines.native import NativeModel
from workbench.errors import ModelUnreadable

Typed = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A model over the columns of a dataset, in our form."""

    signature: Signature
    graph: bytes
    native: NativeModel | None
    """None: it has no form but the graph."""
    original: Callable[[Typed], NDArray[np.float64]] | None = None
    """The scores of the file as it came, to be held against those of `graph`; None where `native` is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A model in a file."""

    kind: str
    """What it is, in words: `LGBMClassifier`, `an ONNX graph`."""
    features: tuple[str, ...] = ()
    """What it calls its columns, in their order; empty: it does not name them."""
    count: int | None = None
    """How many columns it takes; None: that is not told."""
    task: str | None = None
    """None: as the target asks."""
    classes: tuple[str, ...] = ()
    """Names of its classes in the order of the probabilities; empty: those of the target, or none."""
    class_count: int = 0
    """How many classes it tells apart; 0: that is not told, or there are none."""
    is_measured: bool = True
    """Whether its answers can be held against a target; those of an outlier detector cannot."""
    notes: tuple[str, ...] = ()
    """What should be known of it for ever."""
    build: Callable[[Signature], Built]
    """Makes it a model over the inputs of a signature, which are in the order of its columns.

    Raises ExportRefused where it has no exact ONNX form, and ModelUnreadable where the columns do not fit.
    """


def unreadable(name: str, reason: str, remedy: str = "") -> ModelUnreadable:
    """Says why the file called `name` cannot become a model version."""
    return ModelUnreadable(f"{name} cannot be registered: {reason}.", remedy)
