"""Which types the columns of a text file have, from the values that stand in them."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

from storage.frames.quoting import identifier, literal
from storage.frames.reading.dialect import NUMBER, TIME
from storage.frames.reading.intake import Intake, unreadable
from storage.frames.reading.values import CODE, WIDE, Shape, misfit

COLUMNS_PER_QUERY = 10  # planning such a query takes longer than running it, and more so a long one
NUMBERS = ("BIGINT", WIDE, "DOUBLE")
TIMES = ("DATE", "TIMESTAMP", "TIME")
GUESSES = (*NUMBERS, *TIMES)
"""Types that are tried besides truth values, the narrowest first."""

OPEN = "?"
"""In place of a format that a sample leaves open."""
DIGITS = r"\s*[+-]?[0-9]+\s*"
TRUTH = r"(?i)\s*(true|false)\s*"
DATED = r"\s*[0-9]{1,4}([-/. ])[0-9]{1,2}[-/. ][0-9]{1,4}.*"
SUFFIXES = (
    "",
    " %H:%M",
    " %H:%M:%S",
    " %H:%M:%S.%f",
    "T%H:%M",
    "T%H:%M:%S",
    "T%H:%M:%S.%f",
    " %I:%M %p",
    " %I:%M:%S %p",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """What a column of text seems to hold."""

    shape: Shape | None
    """None: no value tells, or the order of day and month is open."""
    present: int = 0
    """How many values it has."""
    nearly: Shape | None = None
    """What more than half of them are, where it is text because of the others."""


def infer(
    intake: Intake,
    scan: str,
    names: Sequence[str],
    *,
    rows: int,
    first: Mapping[str, Sequence[str]],
    is_sample: bool = False,
) -> dict[str, Guess]:
    """What columns of text hold.

    Args:
        intake: The file's.
        scan: The rows as a SQL table, every named column of it text.
        names: The columns.
        rows: How many rows there are.
        first: The first few texts of each column, which tell what need not be tried.
        is_sample: Whether `scan` is but the beginning of a file, and later rows may decide otherwise.

    Raises:
        FileUnreadable: Dates are written so that nobody can tell the day from the month.
    """
    allowed = 0 if is_sample else math.floor(intake.rules.max_bad_share * rows)
    counts: dict[str, dict[str, int]] = {}
    for start in range(0, len(names), COLUMNS_PER_QUERY):
        some = names[start : start + COLUMNS_PER_QUERY]
        tried = {name: _possible(first[name]) for name in some}
        counts |= _counted(intake, scan, tried)
    best = {name: _best(intake, counts[name]) for name in names}
    shapes = {name: _shape(counts[name], best[name], allowed) for name in names}
    dated = {
        name: counts[name]["present"] - allowed
        for name, shape in shapes.items()
        if shape is None and 0 < counts[name]["present"] <= counts[name][DATED] + allowed
    }
    formats = time_formats(intake, scan, dated, is_sample=is_sample)
    return {
        name: Guess(
            shape=_decided(shapes[name], counts[name], formats.get(name), is_sample=is_sample),
            present=counts[name]["present"],
            nearly=best[name][0] if 2 * best[name][1] > counts[name]["present"] else None,
        )
        for name in names
    }


def _decided(
    shape: Shape | None, counts: Mapping[str, int], format_: str | None, *, is_sample: bool
) -> Shape | None:
    """The shape of a column whose values have been counted; None where a sample leaves it open."""
    if shape is not None:
        return shape
    if is_sample and (not counts["present"] or format_ == OPEN):
        return None
    if format_ is None:
        return Shape(type="VARCHAR")
    has_hours = "%H" in format_ or "%I" in format_
    return Shape(type="TIMESTAMP" if has_hours else "DATE", format=format_)


def _possible(texts: Sequence[str]) -> tuple[str, ...]:
    """What a column whose first texts are these can hold, for most of its values."""
    present = [text for text in texts if text.strip()]
    if not present:
        return (*GUESSES, TRUTH)
    is_whole = not any(NUMBER.fullmatch(one) and not re.fullmatch(DIGITS, one) for one in present)
    numbers = NUMBERS if is_whole else ("DOUBLE",)
    looks = ((re.compile(TRUTH), (TRUTH,)), (NUMBER, numbers), (TIME, TIMES))
    return tuple(
        guess
        for pattern, guesses in looks
        if 2 * sum(pattern.fullmatch(text) is not None for text in present) >= len(present)
        for guess in guesses
    )


def time_formats(
    intake: Intake, scan: str, least: Mapping[str, int], *, is_sample: bool = False
) -> dict[str, str | None]:
    """How the days and times of columns are written, as strptime has it.

    An order of day and month that one column tells holds for the whole file.

    Args:
        intake: The file's.
        scan: The rows as a SQL table.
        least: How many values of each column must be written so.
        is_sample: Whether there are more rows than these.

    Returns:
        None for a column that is written in no known way, `OPEN` where a sample leaves the order open.

    Raises:
        FileUnreadable: Nobody can tell the day from the month.
    """
    fitting = {name: _fitting(intake, scan, name, count) for name, count in least.items()}
    possible = {name: {_order(one) for one in formats} for name, formats in fitting.items()}
    told = set[str]().union(*(orders for orders in possible.values() if len(orders) == 1))
    said = intake.rules.csv.date_order
    orders = [said, *(told if len(told) == 1 else ())]
    found: dict[str, str | None] = {}
    for name, formats in fitting.items():
        chosen = [one for order in orders for one in formats if _order(one) == order]
        if len(possible[name]) < 2 or chosen:
            found[name] = next(iter(chosen or formats), None)
        elif is_sample:
            found[name] = OPEN
        else:
            raise unreadable(
                intake.source,
                f"the order of day and month in {name} is not certain",
                'Write days as 2013-01-31, or say date_order = "dmy" or "mdy" under csv',
            )
    return found


def _fitting(intake: Intake, scan: str, name: str, least: int) -> list[str]:
    """The formats that fit most values, and at least so many, if they read any value differently."""
    counts = _formats(intake, scan, name)
    most = max(counts.values(), default=0)
    fitting = [one for one, count in counts.items() if count == most >= max(least, 1)]
    return _distinct(intake, scan, name, fitting) if len(fitting) > 1 else fitting


def _counted(
    intake: Intake, scan: str, tried: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, int]]:
    """How many values of each column fit what is tried; of the rest, none."""
    parts = {}
    for name, guesses in tried.items():
        text = identifier(name)
        parts[name, "present"] = f"count({text})"
        if "DOUBLE" in guesses:
            parts[name, CODE] = _like(text, CODE)
        if "DATE" in guesses:
            parts[name, DATED] = _like(text, DATED)
        for one in guesses:
            parts[name, one] = _like(text, one) if one == TRUTH else _fit(intake, text, one)
    (counts,) = intake.ask(f"SELECT {', '.join(parts.values())} FROM {scan}")
    found: dict[str, dict[str, int]] = {name: defaultdict(int) for name in tried}
    for (name, kind), count in zip(parts, counts, strict=True):
        found[name][kind] = int(str(count))
    return found


def _fit(intake: Intake, text: str, type_: str) -> str:
    """The SQL that counts texts that fit a type."""
    misfits = misfit(text, Shape(type=type_, decimal=intake.rules.csv.decimal, is_new=True))
    return f"count({text}) - count(*) FILTER (WHERE {misfits})"


def _like(text: str, pattern: str) -> str:
    return f"count(*) FILTER (WHERE regexp_full_match({text}, {literal(pattern)}))"


def _best(intake: Intake, counts: Mapping[str, int]) -> tuple[Shape, int]:
    """The narrowest of the types that most values fit, and how many do."""
    types = [one for one in GUESSES if not (counts[CODE] and one in NUMBERS)]
    fitting, place = max((counts[one], -place) for place, one in enumerate(types))
    return Shape(type=types[-place], decimal=intake.rules.csv.decimal), fitting


def _shape(counts: Mapping[str, int], best: tuple[Shape, int], allowed: int) -> Shape | None:
    """The type that all values fit, or else all but the few that may be set aside."""
    present = counts["present"]
    if not present:
        return None
    if counts[TRUTH] == present:
        return Shape(type="BOOLEAN")
    shape, fitting = best
    return shape if fitting and fitting >= present - allowed else None


def _formats(intake: Intake, scan: str, name: str) -> dict[str, int]:
    """How many values each way of writing days and times fits, of those that fit any."""
    text = identifier(name)
    (seen,) = intake.ask(
        f"SELECT min(regexp_extract({text}, {literal(DATED)}, 1)), count(DISTINCT "
        f"regexp_extract({text}, {literal(DATED)}, 1)), max(length({text})) FROM {scan} "
        f"WHERE regexp_full_match({text}, {literal(DATED)})"
    )
    separator = seen[0]
    if not isinstance(separator, str):
        return {}
    formats = [
        separator.join(f"%{letter}" for letter in order) + suffix
        for order in ("Ymd", "dmY", "mdY", "dmy", "mdy", "ymd")
        for suffix in SUFFIXES
    ]
    # strptime takes two digits for a year of four.
    is_long = f"regexp_matches({text}, '[0-9]{{4}}')"
    counts = ", ".join(
        f"count(*) FILTER (WHERE try_strptime({text}, {literal(one)}) IS NOT NULL"
        f"{f' AND {is_long}' if '%Y' in one else ''})"
        for one in formats
    )
    (found,) = intake.ask(f"SELECT {counts} FROM {scan}")
    counted = zip(formats, (int(str(count)) for count in found), strict=True)
    return {one: count for one, count in counted if count}


def _distinct(intake: Intake, scan: str, name: str, formats: Sequence[str]) -> list[str]:
    """The formats without those that read every value as an earlier one does."""
    text = identifier(name)
    pairs = [(a, b) for a, b in permutations(formats, 2) if formats.index(a) < formats.index(b)]
    counts = ", ".join(
        f"count(*) FILTER (WHERE try_strptime({text}, {literal(a)}) "
        f"IS DISTINCT FROM try_strptime({text}, {literal(b)}))"
        for a, b in pairs
    )
    (found,) = intake.ask(f"SELECT {counts} FROM {scan}")
    same = {b for (_, b), count in zip(pairs, found, strict=True) if not count}
    return [one for one in formats if one not in same]


def _order(format_: str) -> str:
    """The order of day, month and year in a format, as a rule says it."""
    return "".join(letter for letter in format_.lower()[:8] if letter in "dmy")
