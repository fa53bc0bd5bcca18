"""Brings a catalog to the revision this program knows: made new, upgraded after a copy, or refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, column, insert, inspect, select, table, text, update

from storage import engine, tables
from storage.errors import StoreTooNew, StoreUnusable
from storage.layout import Layout

HEAD = "0005"
"""The newest revision under versions/; a test compares it with the scripts."""
SCRIPTS = Path(__file__).parent
SEQUENCES = table("sqlite_sequence", column("name"), column("seq"))
"""Where SQLite keeps the last ids."""


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
        StoreUnusable: An upgrade would lose rows; nothing was changed.
    """
    with engine.reading(catalog) as connection:
        if _is_at(connection, head):
            return
    with engine.altering(catalog) as connection:
        # Somebody else may have done it between the look and the lock.
        if not _is_at(connection, head):
            _advance(connection, layout, head=head, scripts=scripts)
            _remember(connection, head=head, program=program, now=now)


def _advance(connection: Connection, layout: Layout, *, head: str, scripts: Sequence[Path]) -> None:
    revision = _revision(connection)
    if revision is None:
        tables.metadata.create_all(connection)
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num TEXT PRIMARY KEY)")
        connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": head})
        return
    _copy(layout.catalog, layout.backups / f"catalog-{revision}.sqlite")
    given = _last_ids(connection)
    _run_scripts(connection, scripts)
    _never_again(connection, given)
    _refuse_orphans(connection, head)


def _last_ids(connection: Connection) -> dict[str, int]:
    """The last id that each table whose ids are never given twice has given."""
    found = connection.execute(select(SEQUENCES.c.name, SEQUENCES.c.seq))
    return {str(row.name): int(row.seq) for row in found}


def _never_again(connection: Connection, given: dict[str, int]) -> None:
    """Makes up for rebuilt tables, which count on from their last row that is left."""
    for name, last in given.items():
        mine = SEQUENCES.c.name == name
        if connection.execute(update(SEQUENCES).where(mine).values(seq=last)).rowcount:
            continue
        if inspect(connection).has_table(name):
            connection.execute(insert(SEQUENCES).values(name=name, seq=last))


def _refuse_orphans(connection: Connection, head: str) -> None:
    """Makes up for the foreign keys that were off: no row may point at one that is gone."""
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if orphans:
        raise StoreUnusable(
            f"Revision {head} would leave {len(orphans)} rows of {orphans[0][0]} without their parent; "
            "nothing was changed.",
            "Go on with the version of workbench that wrote this store, and report this.",
        )


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
        closing(sqlite3.connect(f"{catalog.as_uri()}?mode=ro", uri=True)) as source,
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
