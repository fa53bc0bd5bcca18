"""Brings a catalog to the revision this program knows: made new, upgraded after a copy, or refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, inspect, select, text

from storage import engine, tables
from storage.errors import StoreTooNew
from storage.layout import Layout

HEAD = "0001"
"""The newest revision under versions/; a test compares it with the scripts."""
SCRIPTS = Path(__file__).parent


def bring_up_to_date(
    catalog: Engine,
    layout: Layout,
    *,
    program: str,
    now: datetime,
    head: str = HEAD,
    scripts: Sequence[Path] = (SCRIPTS / "versions",),
) -> None:
    """Makes the catalog's tables, or upgrades them under one writer lock after copying the file.

    Args:
        catalog: The catalog.
        layout: Where copies go.
        program: Version of this program, kept beside the revision.
        now: When this happens.
        head: The revision to reach.
        scripts: Folders with Alembic revisions.

    Raises:
        StoreTooNew: A newer program wrote it.
    """
    with engine.reading(catalog) as connection:
        if _is_at(connection, head):
            return
    with catalog.connect() as connection:
        # Inside a transaction this pragma is ignored, and dropping a table would empty its children.
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            # Somebody else may have done it between the look and the lock.
            if not _is_at(connection, head):
                _advance(connection, layout, head=head, scripts=scripts)
                _remember(connection, head=head, program=program, now=now)
            connection.exec_driver_sql("COMMIT")
        except BaseException:
            connection.connection.rollback()
            raise
        finally:
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")


def _advance(connection: Connection, layout: Layout, *, head: str, scripts: Sequence[Path]) -> None:
    revision = _revision(connection)
    if revision is None:
        tables.metadata.create_all(connection)
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num TEXT PRIMARY KEY)")
        connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": head})
        return
    _copy(layout.catalog, layout.backups / f"catalog-{revision}.sqlite")
    _run_scripts(connection, scripts)


def _run_scripts(connection: Connection, scripts: Sequence[Path]) -> None:
    # Alembic takes most of a second to import; a store that is up to date never needs it.
    from alembic import command
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(SCRIPTS))
    settings.set_main_option("path_separator", "newline")
    settings.set_main_option("version_locations", "\n".join(str(folder) for folder in scripts))
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")


def _copy(catalog: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(f"file:{catalog}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(partial)) as copy,
    ):
        source.backup(copy)
    partial.replace(target)


def _is_at(connection: Connection, head: str) -> bool:
    revision = _revision(connection)
    if revision is not None and revision > head:
        raise _too_new(connection, revision, head)
    return revision == head


def _revision(connection: Connection) -> str | None:
    """The catalog's revision; None when it has no tables yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def _remember(connection: Connection, *, head: str, program: str, now: datetime) -> None:
    connection.execute(insert(tables.upgrades).values(revision=head, program=program, at=now))


def _too_new(connection: Connection, revision: str, head: str) -> StoreTooNew:
    newest = select(tables.upgrades.c.program).order_by(tables.upgrades.c.id.desc()).limit(1)
    program = connection.execute(newest).scalar_one_or_none() or "a newer version"
    return StoreTooNew(
        f"This store has revision {revision}; this program knows revisions up to {head}.",
        f"It was written by workbench {program}: upgrade with `pip install --upgrade workbench`.",
    )
