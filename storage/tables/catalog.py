"""The one MetaData of the catalog, and how its tables are written down."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, MetaData, Table

from storage.tables.types import Whole

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def table(name: str, *parts: Any, **options: Any) -> Table:
    """A strict table of the catalog."""
    return Table(name, metadata, *parts, sqlite_strict=True, **options)


def key() -> Column[int]:
    """The column `id` that a table's rows are known by."""
    return Column("id", Whole, primary_key=True)


def needs(name: str, type_: Any, *constraints: Any, **options: Any) -> Column[Any]:
    """A column that is never NULL."""
    return Column(name, type_, *constraints, nullable=False, **options)
