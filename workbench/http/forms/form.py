"""What the forms of a request have in common: how one is read, held against a version, and answered."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Protocol, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from storage.records import Signature
from workbench.core import parity
from workbench.core.checking import Values
from workbench.http.replies import Refused, Reply
from workbench.services.served import Answer, RequestColumns

T = TypeVar("T")
P = TypeVar("P")

LEAST_LISTS = 10_000
"""Lists and objects that any body may have."""


class Asked(msgspec.Struct, frozen=True, gc=False):
    """What came with a request."""

    body: bytes
    """Whole, and no longer compressed."""
    headers: Mapping[bytes, bytes]
    """By lower-case name."""
    most_rows: int
    """How many rows are answered at once."""


class Form(Protocol[P]):
    """A way of asking one served version.

    What was asked is read before anybody knows which version will answer: its rows may decide that.
    """

    def read(self, asked: Asked) -> P:
        """What `asked` says, whichever version of the model is to answer.

        Raises:
            Refused: It says nothing in this form.
        """
        ...

    def first(self, request: P, column: str) -> object:
        """The value of a column's first row; None: it has none.

        Raises:
            Refused: The column holds no values.
        """
        ...

    def columns(self, request: P) -> RequestColumns:
        """The rows of `request`, by column.

        Raises:
            Refused: They are not what this version takes.
        """
        ...

    def reply(self, request: P, answer: Answer) -> Reply:
        """What answers `request`."""
        ...


def decoded(decoder: msgspec.json.Decoder[T], body: bytes, *, most_lists: int | None = None) -> T:
    """What `body` says.

    Args:
        decoder: Knows the expected shape.
        body: JSON.
        most_lists: How many lists and objects it may have; None: as many as fit in.

    Raises:
        Refused: It is not JSON of the expected shape, or has too many lists and objects.
    """
    if most_lists is not None and len(body) > most_lists:
        # A list of nothing is two bytes here and a hundred in memory, so they are counted before they are made.
        lists = body.count(b"[") + body.count(b"{")
        if lists > most_lists:
            raise Refused(
                400,
                f"The body has {lists} lists and objects, more than {most_lists}: that is too many "
                "for the rows that are answered at once. Send them in several requests.",
            )
    try:
        return decoder.decode(body)
    except RecursionError:
        raise Refused(400, "The body is nested too deeply.") from None
    except UnicodeDecodeError:
        raise Refused(400, "The body is not UTF-8.") from None
    except msgspec.DecodeError as error:
        raise Refused(400, f"The body is not what this address takes: {error}.") from None


def most_lists(signature: Signature, most_rows: int) -> int:
    """How many lists and objects the JSON of so many rows may have, and then some.

    Values may lie in a list each, and texts may have brackets of their own.
    """
    width = len(signature.inputs) + len(signature.key)
    return LEAST_LISTS + 4 * most_rows * (width + 1)


def check_rows(rows: int, most_rows: int) -> None:
    """Refuses rows that are too many before anything is made of them.

    Raises:
        Refused: They are more than are answered at once.
    """
    if rows > most_rows:
        raise Refused(
            400,
            f"The request has {rows} rows; at most {most_rows} are allowed. "
            "Send them in several requests.",
        )


def labels(signature: Signature, scores: NDArray[np.float64]) -> list[str]:
    """The class each row of `scores` stands for."""
    classes = signature.classes
    return [classes[code] for code in parity.labels(scores).tolist()]


def probabilities(scores: NDArray[np.float64]) -> list[list[float]]:
    """Per row, one probability a class; of two classes only the second one's is scored."""
    if scores.ndim == 1:
        return [[1.0 - second, second] for second in scores.tolist()]
    return list(scores.tolist())


def twice(names: Iterable[Hashable]) -> Hashable | None:
    """The first of `names` that has been there before; None: all differ."""
    seen: set[Hashable] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def first_value(values: Values | None) -> object:
    """The first of a column's values, out of a list of its own where it lies in one; None: it has none."""
    if values is None or not len(values):
        return None
    value = values[0]
    if type(value) is list:
        return value[0] if value else None
    return value.item() if isinstance(value, np.generic) else value
