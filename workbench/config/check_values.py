"""What workbench.toml asks of the rows of a dataset, as typed values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from storage.records import OnFail


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """From the least to the most that is allowed; at least one of the two is given."""

    least: float | None = None
    """None: as little as may be."""
    most: float | None = None
    """None: as much as may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantileRange:
    """Where a quantile of a column must lie."""

    q: float
    """Between 0 and 1: 0.5 is the median."""
    within: Range


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnReference:
    """A column of another dataset."""

    dataset: str
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms something is asked."""

    at_least: float = 1.0
    """Share of the rows with a value that must pass."""
    on_fail: OnFail = OnFail.BLOCK
    where: str = ""
    """SQL condition of the rows it is about; empty: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnCheck:
    """What is asked of the values of one column; a column may have several of these."""

    column: str
    not_null: bool = False
    minimum: float | None = None
    maximum: float | None = None
    within: tuple[str, ...] = ()
    """Values it may have; empty: any."""
    max_categories: int | None = None
    max_null_share: float | None = None
    unique: bool = False
    at_least: float = 1.0
    """Share of the rows with a value that must pass a check of single values."""
    on_fail: OnFail = OnFail.BLOCK
    where: str = ""
    """SQL condition of the rows it is about; empty: all."""
    not_within: tuple[str, ...] = ()
    """Values it may not have."""
    pattern: str | None = None
    """Regular expression of RE2 that is found in its text."""
    length: Range | None = None
    """How many characters its text has."""
    mean: Range | None = None
    std: Range | None = None
    quantiles: tuple[QuantileRange, ...] = ()
    type: str | None = None
    """DuckDB type it has."""
    freshness: timedelta | None = None
    """How old its newest time may be when the version comes."""
    monotonic: bool = False
    """Whether its time may not run backwards in a file."""
    less_than: str | None = None
    """Column that is greater in each row."""
    at_most: str | None = None
    """Column that is greater or equal in each row."""
    equal_to: str | None = None
    """Column that has the same value in each row."""
    references: ColumnReference | None = None
    """Column that has each of its values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UniqueCheck:
    """Columns whose values together occur once in the whole version."""

    columns: tuple[str, ...]
    terms: Terms = field(default_factory=Terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class PredicateCheck:
    """A SQL expression that is true of each row."""

    name: str
    predicate: str
    terms: Terms = field(default_factory=Terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCheck:
    """What is asked of the rows of one file, and of their columns together."""

    min_rows: int | None = None
    max_rows: int | None = None
    on_fail: OnFail = OnFail.BLOCK
    """Of the number of rows."""
    where: str = ""
    """SQL condition of the rows that are counted; empty: all."""
    unique: tuple[UniqueCheck, ...] = ()
    predicates: tuple[PredicateCheck, ...] = ()
