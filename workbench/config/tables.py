"""A TOML table while it is read: every key is asked for once, every mistake is noted."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from typing import TypeVar, overload

from workbench.config.kinds import Kind, NotAllowed, nearest, text

T = TypeVar("T")
D = TypeVar("D")

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SHOWN_CHARACTERS = 60
LONGEST_NAME = 64
NAMES = "letters, digits, _ and -, not starting with -, at most 64 of them"


class Table:
    """One table of the file, with the mistakes found so far in the whole file."""

    def __init__(
        self, path: tuple[str, ...], values: dict[str, object], note: Callable[[str], None]
    ) -> None:
        """Starts to read a table.

        Args:
            path: The keys that lead to it; empty for the file itself.
            values: Its keys and values as TOML gave them.
            note: Takes each mistake, as one line.
        """
        self.path = path
        self._values = values
        self._note = note
        self._asked: list[str] = []

    @overload
    def take(self, key: str, kind: Kind[T]) -> T | None: ...
    @overload
    def take(self, key: str, kind: Kind[T], default: D) -> T | D: ...
    def take(self, key: str, kind: Kind[T], default: object = None) -> object:
        """The value of `key`, or `default` where it is left out or wrong; a wrong one is noted."""
        self._asked.append(key)
        if key not in self._values:
            return default
        try:
            return kind(self._values[key])
        except NotAllowed as error:
            self.wrong(key, str(error))
            return default

    def take_text(self, key: str, what: str, kind: Kind[str] = text) -> str:
        """The text of a key that must be there; empty when it is missing or wrong, which is noted.

        Args:
            key: The key.
            what: What it must say, for the note: `the column to predict`.
            kind: What is allowed.
        """
        if key not in self._values:
            self._asked.append(key)
            self._note(f"{self._place(key)} is missing: {what}")
            return ""
        return self.take(key, kind, "")

    def take_all(self, kind: Kind[T]) -> dict[str, T]:
        """All keys with their values, without those that are wrong, which are noted."""
        found = {key: self.take(key, kind) for key in self._values}
        return {key: value for key, value in found.items() if value is not None}

    def table(self, key: str) -> Table:
        """The table under `key`; an empty one where it is left out or wrong, which is noted."""
        return Table((*self.path, key), self.take(key, _keys_and_values, {}), self._note)

    def tables(self, key: str) -> dict[str, Table]:
        """The tables under `key` by their keys; what is no table is noted and left out."""
        parent = self.table(key)
        nested = parent.take_all(_keys_and_values)
        return {name: Table((*parent.path, name), of, self._note) for name, of in nested.items()}

    def array(self, key: str) -> list[Table]:
        """The tables under `key`, which may hold one or an array of them; what is neither is noted."""
        return [self.within(key, values) for values in self.take(key, _one_or_more, ())]

    def arrays(self) -> dict[str, list[Table]]:
        """All keys with their tables, each of which may hold one or an array of them."""
        return {key: self.array(key) for key in self._values}

    def within(self, key: str, values: dict[str, object]) -> Table:
        """A table with `values` that stands under `key`."""
        return Table((*self.path, key), values, self._note)

    def lacks(self, what: str) -> None:
        """Notes that this table needs something that it does not say."""
        self._note(f"{_header(self.path)} needs {what}")

    def named_tables(self, key: str) -> dict[str, Table]:
        """The tables under `key`; a name that could not be typed as `name@v3` is noted."""
        found = self.tables(key)
        for name, table in found.items():
            if not is_name(name):
                self._note(
                    f"{_header(table.path)}: {_quoted(name)} is no name; allowed are {NAMES}"
                )
        return found

    def has(self, key: str) -> bool:
        """Whether the file gives a value to `key`, which counts as asked for from now on."""
        self._asked.append(key)
        return key in self._values

    def wrong(self, key: str, message: str) -> None:
        """Notes a mistake in the value of `key`, or that it is missing."""
        value = f" = {_shown(self._values[key])}" if key in self._values else ""
        self._note(f"{self._place(key)}{value}: {message}")

    def close(self) -> None:
        """Notes the keys that nobody asked for."""
        for key, value in self._values.items():
            if key in self._asked:
                continue
            known = f"known are {', '.join(dict.fromkeys(self._asked))}{nearest(key, self._asked)}"
            if isinstance(value, dict):
                self._note(f"{_header((*self.path, key))} is an unknown table: {known}")
            else:
                self._note(f"{self._place(key)} = {_shown(value)}: unknown key; {known}")

    def _place(self, key: str) -> str:
        return f"{_header(self.path)} {_quoted(key)}" if self.path else _quoted(key)


def is_name(name: str) -> bool:
    """Whether `name` can name a dataset, an experiment, a recipe or a model."""
    # Marks belong to the letters of many scripts, so they count as letters.
    letters = all(one in "_-" or unicodedata.category(one)[0] in "LNM" for one in name)
    return letters and 0 < len(name) <= LONGEST_NAME and not name.startswith("-")


def _keys_and_values(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise NotAllowed("allowed is a table")
    return value


def _one_or_more(value: object) -> tuple[dict[str, object], ...]:
    tables = value if isinstance(value, list) else [value]
    if not tables or not all(isinstance(one, dict) for one in tables):
        raise NotAllowed("allowed is a table, or an array of tables")
    return tuple(tables)


def _header(path: tuple[str, ...]) -> str:
    return f"[{'.'.join(_quoted(key) for key in path)}]"


def _quoted(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def _shown(value: object) -> str:
    shown = _toml(value, depth=3)
    return shown if len(shown) <= _SHOWN_CHARACTERS else f"{shown[:_SHOWN_CHARACTERS]}…"


def _toml(value: object, *, depth: int) -> str:
    """How `value` stands in a file; tables and arrays nested deeper than `depth` are left out."""
    if isinstance(value, dict | list) and depth == 0:
        return "…"
    if isinstance(value, list):
        return f"[{', '.join(_toml(one, depth=depth - 1) for one in value[:_SHOWN_CHARACTERS])}]"
    if isinstance(value, dict):
        pairs = [f"{_quoted(key)} = {_toml(one, depth=depth - 1)}" for key, one in value.items()]
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return str(value).lower()
    # Python refuses to write whole numbers of thousands of digits.
    return hex(value) if isinstance(value, int) and abs(value) > 2**64 else str(value)
