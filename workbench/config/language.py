"""The SQL and the patterns that may stand in workbench.toml: who judges them, and what is said of a mistake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from workbench.config import kinds
from workbench.config.kinds import NotAllowed

Judge = Callable[[str], str | None]
"""Says what is wrong with a text; None: nothing."""


def _nothing_is_wrong(_: str) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """What a key may hold that the store's database will have to understand.

    This floor knows no database. Whoever opens a project hands in the database's own parser; without it,
    texts are taken as they are.
    """

    expression_mistake: Judge = _nothing_is_wrong
    """Judges a SQL expression about one row."""
    pattern_mistake: Judge = _nothing_is_wrong
    """Judges a regular expression."""
    type_named: Judge = str.upper
    """The type that a name means; None: there is none."""

    def expression(self, value: object) -> str:
        """A SQL expression about one row."""
        text = kinds.text(value)
        mistake = self.expression_mistake(text)
        if mistake is not None:
            raise NotAllowed(f"allowed is one SQL expression about a row; {mistake}")
        return text

    def pattern(self, value: object) -> str:
        """A regular expression of RE2."""
        if not isinstance(value, str) or not value:
            raise NotAllowed("allowed is a regular expression")
        mistake = self.pattern_mistake(value)
        if mistake is not None:
            raise NotAllowed(f"allowed is a regular expression of RE2; {mistake}")
        return value

    def sql_type(self, value: object) -> str:
        """A type of the database, as the database writes it."""
        found = self.type_named(kinds.text(value))
        if found is None:
            raise NotAllowed(
                "allowed is a DuckDB type, such as VARCHAR, BIGINT, DOUBLE, DATE or TIMESTAMP"
            )
        return found


UNJUDGED = Language()
"""Takes every text as it is."""
