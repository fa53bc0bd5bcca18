"""The lines of a file that are set aside: how many may be, how they are kept, how a refusal names them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import msgspec

from storage.frames.reading.intake import MANY, FileUnreadable, Intake, unreadable
from storage.frames.reading.lines import Line, Lines
from storage.frames.reading.streams import CHUNK_BYTES, unpacked
from storage.records import BadLine

KEPT_BAD = 1_000
"""How many bad lines stand in the outcome of an import; the file of them has all."""
LONGEST_TEXT = 1_000
HOPELESS = 1_000_000
"""So many bad lines end the reading of a file in which they are too large a share by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """A file that was cut into lines: the good ones in a file of their own, the others by number."""

    clean: Path
    good: int
    bad: int
    """How many lines are no rows."""
    first: tuple[BadLine, ...]
    """The first of them."""
    rejects: Path
    """All of them, as JSON lines."""


def sort_lines(intake: Intake, path: Path, lines: Lines, *, suffix: str) -> Sorted:
    """Cuts a file into rows, which are copied, and lines that are none.

    Args:
        intake: The file's.
        path: The file as UTF-8.
        lines: How it is cut.
        suffix: Of the copy.

    Raises:
        FileUnreadable: More lines are bad than may be.
    """
    clean, rejects = intake.scratch.path(suffix), intake.scratch.path(".rejects.jsonl")
    good = 0
    with (
        unpacked(path) as stream,
        clean.open("wb", buffering=CHUNK_BYTES) as file,
        rejects.open("wb") as bad,
    ):
        aside = _Rejects(bad)
        for line in lines.read(stream):
            if not line.fault:
                good += 1
                file.write(line.clean)
                continue
            aside.add(line, line.fault)
            if aside.count % HOPELESS == 0 and aside.count > allowed(intake, good + aside.count):
                break
    if aside.count > allowed(intake, good + aside.count):
        raise too_many(intake, aside.count, good + aside.count, aside.first[:MANY])
    return Sorted(
        clean=clean, good=good, bad=aside.count, first=tuple(aside.first), rejects=rejects
    )


def allowed(intake: Intake, lines: int) -> int:
    """How many of so many lines may be bad."""
    return math.floor(intake.rules.max_bad_share * lines)


def too_many(
    intake: Intake, bad: int, lines: int, first: Sequence[BadLine], *, hint: str = ""
) -> FileUnreadable:
    """Says which lines are bad, and that these are more than may be.

    Args:
        intake: The file's.
        bad: How many lines are bad.
        lines: How many there are.
        first: The first bad ones.
        hint: What else would let them in.
    """
    shown = "; ".join(
        f"line {one.line}: {_printable(one.reason)}{_quoted(one.text)}" for one in first
    )
    more = f"; and {bad - len(first)} more" if bad > len(first) else ""
    share = intake.rules.max_bad_share
    limit = f", and at most {share * 100:g} % may be" if share else ""
    count = f"{bad} of {lines} lines {'is' if bad == 1 else 'are'} bad{limit}: "
    remedy = f"Mend these lines, or set them aside with max_bad_share{hint}"
    return unreadable(intake.source, f"{count}{shown}{more}", remedy)


def set_aside(
    intake: Intake, path: Path, lines: Lines, misfits: Iterable[tuple[int, str]]
) -> tuple[Path, tuple[BadLine, ...]]:
    """Writes all bad lines as JSON lines, with their number, the reason and their text.

    Args:
        intake: The file's.
        path: The file as UTF-8.
        lines: How it is cut; what is wrong with a line is found again.
        misfits: Lines with values that fit no column, by ascending number, with the reason.

    Returns:
        Where they are, and the first of them.
    """
    target = intake.scratch.path(".rejects.jsonl")
    waiting = iter(misfits)
    with unpacked(path) as stream, target.open("wb") as file:
        aside = _Rejects(file)
        misfit = next(waiting, None)
        for line in lines.read(stream):
            reason = line.fault
            if misfit is not None and misfit[0] == line.number:
                reason, misfit = misfit[1], next(waiting, None)
            if reason:
                aside.add(line, reason)
    return target, tuple(aside.first)


def bad_lines(path: Path, *, limit: int = KEPT_BAD, offset: int = 0) -> tuple[BadLine, ...]:
    """Bad lines that were kept as JSON lines, in the order of the file they come from.

    Args:
        path: The file of them.
        limit: How many.
        offset: How many to pass over first.
    """
    decoder = msgspec.json.Decoder(BadLine)
    with path.open("rb") as file:
        return tuple(decoder.decode(line) for line in islice(file, offset, offset + limit))


class _Rejects:
    """Bad lines on their way into a file: how many there are, and the first of them."""

    def __init__(self, file: BinaryIO) -> None:
        self.first: list[BadLine] = []
        self.count = 0
        self._file = file

    def add(self, line: Line, reason: str) -> None:
        text = line.raw[: 4 * LONGEST_TEXT].decode("utf-8", "backslashreplace")
        one = BadLine(line=line.number, reason=reason, text=text[:LONGEST_TEXT])
        self._file.write(msgspec.json.encode(one) + b"\n")
        self.count += 1
        if len(self.first) < KEPT_BAD:
            self.first.append(one)


def _quoted(text: str) -> str:
    if not text:
        return ""
    shown = _printable(text)
    return f" ('{shown}')" if len(shown) <= 60 else f" ('{shown[:60]}…')"


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text)
