"""A model version that is loaded in this process, and its answers to rows as Python has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.records import ModelVersion, Signature
from workbench.core import checking, parity, scoring
from workbench.core.checking import Values
from workbench.core.words import plural
from workbench.errors import NotServed, RequestInvalid
from workbench.services import labels, served
from workbench.services.context import Context
from workbench.services.routes import Refusal
from workbench.services.served import Served


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """A model's answers to some rows, in their order."""

    version: ModelVersion
    labels: NDArray[np.object_]
    """Class names, shape (n,); empty for a regression."""
    probabilities: NDArray[np.float64]
    """Shape (n, classes), in the order of `classes`; (n, 0) for a regression."""
    values: NDArray[np.float64]
    """Of a regression, shape (n,); empty for classes."""

    def __repr__(self) -> str:
        return f"<{plural(len(self), 'row')} answered by {self.version.label}>"

    def __len__(self) -> int:
        """How many rows were answered."""
        return len(self.probabilities)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in the order of the probabilities; of two, the second is the positive one."""
        return self.version.signature.classes

    @property
    def columns(self) -> dict[str, NDArray[Any]]:
        """The answers as the columns that a scored file has."""
        names = scoring.answer_columns(self.version.signature)
        if not self.classes:
            return {names[0]: self.values}
        first = 1 if len(names) == 2 else 0
        spread = self.probabilities[:, first : first + len(names) - 1]
        return {names[0]: self.labels, **dict(zip(names[1:], spread.T, strict=True))}


class LoadedModel:
    """One version of a model, loaded; later promotions do not change it."""

    def __init__(self, loaded: Served) -> None:
        self._loaded = loaded

    def __repr__(self) -> str:
        return f"<{self.version.label}: {plural(len(self.signature.inputs), 'input')}>"

    @property
    def version(self) -> ModelVersion:
        """The version that answers."""
        return self._loaded.version

    @property
    def signature(self) -> Signature:
        """What it takes and gives."""
        return self.version.signature

    def predict(self, rows: Any) -> Predictions:
        """The model's answers, the same as the endpoint's.

        Args:
            rows: A mapping of columns (or of single values: one row), a list of rows as mappings, a pandas
                frame, or a NumPy array with named fields. Columns the model does not take are left out.

        Raises:
            RequestInvalid: Names the row, the column, the value and what is allowed.
        """
        columns = columns_of(rows)
        scoring.check_inputs(self.signature, tuple(columns))
        wanted = {name: columns[name] for name in self.signature.names}
        scores = self._loaded.session.scores(checking.arrays(self.signature, wanted))
        nothing = np.empty(0, np.float64)
        if not self.signature.classes:
            return Predictions(
                version=self.version,
                labels=np.empty(0, object),
                probabilities=np.empty((len(scores), 0)),
                values=scores,
            )
        spread = np.column_stack([1.0 - scores, scores]) if scores.ndim == 1 else scores
        names = np.array(self.signature.classes, object)[parity.labels(scores)]
        return Predictions(version=self.version, labels=names, probabilities=spread, values=nothing)


def load(context: Context, label: str) -> LoadedModel:
    """The version that `late@v3`, `late@champion` or `late` names, loaded and proved on its sample.

    Raises:
        NotFound: There is no such version.
        NotServed: It cannot be loaded, or answers its sample differently.
    """
    with context.store.read() as tx:
        version = labels.model_version(tx, label)
    return LoadedModel(loaded(context, version))


def loaded(context: Context, version: ModelVersion, *, threads: int = 1) -> Served:
    """A version, loaded and proved on its sample.

    Args:
        context: The project.
        version: The version.
        threads: Within one call; more than one help batches alone.

    Raises:
        NotServed: It cannot be loaded, or answers its sample differently.
    """
    try:
        return served.load(context.store.blobs, version, threads=threads)
    except Exception as error:  # the runtime has no common base of its errors
        raise NotServed(
            Refusal.because(version, error).reason,
            f"See what differs with `workbench model verify {version.label}`.",
        ) from error


def columns_of(rows: Any) -> dict[str, Values]:
    """Rows as columns of Python's own values, None where one is missing.

    Raises:
        RequestInvalid: They have none of the forms that `LoadedModel.predict` takes.
    """
    if isinstance(rows, np.ndarray) and rows.dtype.names:
        return {name: _values(rows[name].reshape(-1)) for name in rows.dtype.names}
    if isinstance(rows, Mapping):
        is_row = bool(rows) and all(map(_is_single, rows.values()))
        return {str(name): [_plain(one)] if is_row else _values(one) for name, one in rows.items()}
    names = getattr(rows, "columns", None)
    if names is not None and all(isinstance(name, str | int) for name in names):
        # A frame, of whatever library.
        return {str(name): _values(rows[name]) for name in names}
    if isinstance(rows, Sequence) and rows and all(isinstance(one, Mapping) for one in rows):
        names = dict.fromkeys(str(name) for row in rows for name in row)
        return {name: [_plain(row.get(name)) for row in rows] for name in names}
    raise RequestInvalid(
        f"A {type(rows).__name__} holds no rows that have names.",
        "Give a mapping of columns, a list of mappings, a pandas frame or a NumPy array with named fields.",
    )


def _values(column: Any) -> Values:
    values = column.to_numpy() if hasattr(column, "to_numpy") else column
    if isinstance(values, np.ndarray):
        # Moments by the nanosecond would become whole numbers.
        typed = values.astype("datetime64[us]") if values.dtype.kind == "M" else values
        is_masked = isinstance(values, np.ma.MaskedArray)
        is_float = values.dtype.kind == "f" and not is_masked
        return values if is_float else [_plain(one) for one in typed.tolist()]
    if _is_single(values) or not isinstance(values, Iterable):
        raise RequestInvalid("One column holds rows and another a single value.", "Give lists.")
    return [_plain(one) for one in values]


def _is_single(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | datetime | np.generic)


def _plain(value: Any) -> Any:
    """A value as Python has it; pandas' and NumPy's signs of a missing one are None."""
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]").item()
    elif isinstance(value, np.generic):
        value = value.item()
    # The missing value of pandas is neither equal to itself nor different from itself.
    is_itself = value == value  # noqa: PLR0124
    return value if is_itself is True or isinstance(value, list | dict) else None
