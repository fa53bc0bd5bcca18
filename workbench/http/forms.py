"""What the forms of a request have in common: a question in columns, and how bytes become one."""

from __future__ import annotations

from typing import Protocol, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from storage.records import Signature
from workbench.core import parity
from workbench.http.replies import Refused
from workbench.services.served import RequestColumns

T = TypeVar("T")


class Question(msgspec.Struct, frozen=True, gc=False):
    """A decoded request."""

    columns: RequestColumns
    id: str | None = None
    """The caller's id, to be echoed."""
    outputs: frozenset[str] | None = None
    """Names of the outputs that are wanted; None: all."""


class Form(Protocol):
    """A way of asking one served version."""

    def question(self, body: bytes) -> Question:
        """The question that `body` holds.

        Raises:
            Refused: It holds none.
        """
        ...

    def reply(self, question: Question, scores: NDArray[np.float64]) -> bytes:
        """The body that answers `question`."""
        ...


def decoded(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """What `body` says.

    Raises:
        Refused: It is not JSON of the expected shape.
    """
    try:
        return decoder.decode(body)
    except RecursionError:
        raise Refused(400, "The body is nested too deeply.") from None
    except UnicodeDecodeError:
        raise Refused(400, "The body is not UTF-8.") from None
    except msgspec.DecodeError as error:
        raise Refused(400, f"The body is not what this address takes: {error}.") from None


def labels(signature: Signature, scores: NDArray[np.float64]) -> list[str]:
    """The class each row of `scores` stands for."""
    classes = signature.classes
    return [classes[code] for code in parity.labels(scores).tolist()]


def probabilities(scores: NDArray[np.float64]) -> list[list[float]]:
    """Per row, one probability a class; of two classes only the second one's is scored."""
    if scores.ndim == 1:
        return [[1.0 - second, second] for second in scores.tolist()]
    return list(scores.tolist())
