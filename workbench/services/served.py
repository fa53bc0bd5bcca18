"""Model versions that are loaded, and proved to answer as they did when they were registered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from storage.blobs import Blobs
from storage.records import ModelVersion
from workbench.core import checking, doubts
from workbench.core.checking import Checks
from workbench.core.doubts import Doubt, Rules
from workbench.engines.onnx_session import Session
from workbench.errors import PromotionRefused, RequestInvalid

RequestColumns = Mapping[str, Sequence[Any]]
"""Decoded values by column name, as a caller sent them; key columns among them."""

_KEY_TYPES = frozenset({str, int, float, bool, type(None)})


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What was asked, parted as the prediction log keeps it, and what was answered."""

    inputs: RequestColumns
    key: RequestColumns
    """The key columns that were sent along."""
    scores: NDArray[np.float64]
    """Shape (n,), or (n, classes) for more than two classes."""
    doubts: tuple[Doubt, ...] = ()
    """What was accepted with a warning."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """The doubts as they are told to who sent the rows; never more than a handful."""
        return doubts.bounded(self.doubts)


@dataclass(frozen=True, slots=True)
class Served:
    """A model version that is loaded and has passed its sample."""

    version: ModelVersion
    session: Session
    checks: Checks
    key_only: frozenset[str]
    """Key columns that are no inputs."""

    @classmethod
    def of(
        cls, version: ModelVersion, model: bytes, *, threads: int = 1, rules: Rules | None = None
    ) -> Served:
        """`version` with a session of its own; more threads than one help batches alone."""
        takes = version.signature
        key_only = frozenset(takes.key).difference(takes.names)
        session = Session(model, takes, threads=threads)
        return cls(version, session, Checks(takes, rules), key_only)

    def answer(self, columns: RequestColumns) -> Answer:
        """Scores of a caller's rows.

        Raises:
            RequestInvalid: Names the row, the column, the value and what is allowed.
        """
        takes = self.version.signature
        key = {name: columns[name] for name in takes.key if name in columns}
        inputs = columns
        if not self.key_only.isdisjoint(key):
            inputs = {name: one for name, one in columns.items() if name not in self.key_only}
        found = self.checks.of(inputs)
        if len(inputs) > len(takes.inputs):
            inputs = {name: inputs[name] for name in takes.names}
        scores = self.session.scores(found.arrays)
        for name, values in key.items():
            _check_key(name, values, rows=len(scores))
        return Answer(inputs, key, scores, found.doubts)


class Sample(msgspec.Struct, frozen=True):
    """Rows kept at registration, and the scores the graph gave for them then; null is NaN."""

    columns: dict[str, list[Any]]
    scores: list[Any]


def load(
    blobs: Blobs, version: ModelVersion, *, threads: int = 1, rules: Rules | None = None
) -> Served:
    """`version`, loaded, warm, and proved to answer as it did when it was registered.

    Args:
        blobs: Where its graph lies.
        version: The version.
        threads: As for `Served.of`.
        rules: What requests may hold that training never saw.

    Raises:
        BlobDamaged: A blob is missing, or its bytes are not those its name promises.
        PromotionRefused: It answers its sample differently.
    """
    served = Served.of(version, blobs.read(version.onnx_blob), threads=threads, rules=rules)
    sample = sample_of(blobs, version)
    expected = np.array(sample.scores, np.float64)
    found = served.session.scores(checking.arrays(version.signature, sample.columns))
    if found.shape != expected.shape:
        raise PromotionRefused(
            f"it gives scores of shape {found.shape} for its sample; registered was {expected.shape}."
        )
    largest = _largest_difference(found, expected)
    if not largest <= version.parity.limit:
        raise PromotionRefused(
            f"it answers its sample with a difference of {largest:.3g}; "
            f"at most {version.parity.limit:.3g} is allowed."
        )
    return served


def range_of_scores(blobs: Blobs, version: ModelVersion) -> tuple[float, float] | None:
    """Between which values the sample's scores lie; None for classes, whose scores lie between 0 and 1."""
    if version.signature.task != "regression":
        return None
    scores = np.array(sample_of(blobs, version).scores, np.float64)
    finite = scores[np.isfinite(scores)]
    return (float(finite.min()), float(finite.max())) if len(finite) else None


def sample_of(blobs: Blobs, version: ModelVersion) -> Sample:
    """The rows that are asked of a version whenever it is loaded.

    Raises:
        BlobDamaged: They are missing, or not what their name promises.
    """
    return msgspec.json.decode(blobs.read(version.sample_blob), type=Sample)


def _largest_difference(found: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    both_missing = np.isnan(found) & np.isnan(expected)
    differences = np.where(both_missing | (found == expected), 0.0, np.abs(found - expected))
    return float(differences.max(initial=0.0))


def _check_key(name: str, values: Sequence[Any], *, rows: int) -> None:
    if len(values) != rows:
        raise RequestInvalid(
            f"The key column '{name}' has {len(values)} rows, the others have {rows}.",
            "Send one key value a row.",
        )
    if not _KEY_TYPES.issuperset(map(type, values)):
        row = next(i for i, value in enumerate(values) if type(value) not in _KEY_TYPES)
        raise RequestInvalid(
            f"Row {row + 1} of the key column '{name}' is a list or an object.",
            "Send a text, a number, true, false or null.",
        )
