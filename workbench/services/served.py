"""Model versions that are loaded, and which of them answers for which model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from storage.blobs import Blobs
from storage.errors import NotFound, Problem
from storage.records import ModelVersion
from workbench.core import signature
from workbench.engines.onnx_session import Session
from workbench.errors import NotServed, PromotionRefused, RequestInvalid

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


@dataclass(frozen=True, slots=True)
class Served:
    """A model version that is loaded and has passed its sample."""

    version: ModelVersion
    session: Session
    key_only: frozenset[str]
    """Key columns that are no inputs."""

    @classmethod
    def of(cls, version: ModelVersion, model: bytes, *, threads: int = 1) -> Served:
        """`version` with a session of its own; more threads than one help batches alone."""
        takes = version.signature
        key_only = frozenset(takes.key).difference(takes.names)
        return cls(version, Session(model, takes, threads=threads), key_only)

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
        scores = self.session.scores(signature.arrays(takes, inputs))
        for name, values in key.items():
            _check_key(name, values, rows=len(scores))
        return Answer(inputs, key, scores)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A champion that could not be loaded, or failed its sample."""

    version: ModelVersion
    reason: str

    @classmethod
    def because(cls, version: ModelVersion, error: Exception) -> Refusal:
        """Says why, in one sentence."""
        if isinstance(error, Problem):
            cause = error.problem
        else:
            first_line = next(iter(str(error).splitlines()), "")
            cause = f"{type(error).__name__}: {first_line[:200].rstrip('.')}."
        return cls(version, f"{version.label} cannot be served: {cause}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """Which version answers for which model; never changed, only replaced whole."""

    champions: Mapping[str, Served] = field(default_factory=dict)
    refused: Mapping[str, Refusal] = field(default_factory=dict)
    """Per model, the champion that cannot be served; an earlier one may still answer."""
    is_read: bool = False
    """Whether the catalog's champions have all been looked at."""

    def find(self, model: str, version: int | None = None) -> Served:
        """The version that answers for `model`; with a number, only if it is that one.

        Raises:
            NotFound: No such model or version is served.
            NotServed: The catalog has a champion, but it cannot answer now.
        """
        served = self.champions.get(model)
        if served is None:
            raise self._missing(model)
        if version is not None and version != served.version.number:
            raise NotFound(
                f"{model}@v{version} is not served.",
                f"{served.version.label} is: ask for that one, or leave the version out.",
            )
        return served

    @property
    def unready(self) -> str:
        """Why not every champion's model is answered for; empty when every one is."""
        if not self.is_read:
            return "The models are being loaded."
        for model, refusal in self.refused.items():
            if model not in self.champions:
                return refusal.reason
        if not self.champions:
            return "No model has a champion yet; register one and promote it."
        return ""

    def serving(self, served: Served) -> Routes:
        """These routes, with `served` answering for its model."""
        model = served.version.model
        return Routes(
            champions={**self.champions, model: served},
            refused={name: one for name, one in self.refused.items() if name != model},
            is_read=self.is_read,
        )

    def refusing(self, refusal: Refusal) -> Routes:
        """These routes, knowing that a champion cannot be served."""
        return Routes(
            champions=self.champions,
            refused={**self.refused, refusal.version.model: refusal},
            is_read=self.is_read,
        )

    def only(self, models: frozenset[str]) -> Routes:
        """These routes without models that have no champion any more."""
        return Routes(
            champions={name: one for name, one in self.champions.items() if name in models},
            refused={name: one for name, one in self.refused.items() if name in models},
            is_read=True,
        )

    def _missing(self, model: str) -> Problem:
        if model in self.refused:
            return NotServed(self.refused[model].reason, "Promote another version.")
        if not self.is_read:
            return NotServed("The models are being loaded.", "Ask again in a moment.")
        return NotFound.named("served model", model, known=self.champions)


class _Sample(msgspec.Struct, frozen=True):
    """Rows kept at registration, and the scores the graph gave for them then; null is NaN."""

    columns: dict[str, list[Any]]
    scores: list[Any]


def load(blobs: Blobs, version: ModelVersion, *, threads: int = 1) -> Served:
    """`version`, loaded, warm, and proved to answer as it did when it was registered.

    Args:
        blobs: Where its graph lies.
        version: The version.
        threads: As for `Served.of`.

    Raises:
        BlobDamaged: A blob is missing, or its bytes are not those its name promises.
        PromotionRefused: It answers its sample differently.
    """
    served = Served.of(version, blobs.read(version.onnx_blob), threads=threads)
    sample = msgspec.json.decode(blobs.read(version.sample_blob), type=_Sample)
    expected = np.array(sample.scores, np.float64)
    found = served.answer(sample.columns).scores
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
