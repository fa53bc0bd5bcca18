"""What other processes do to a store while the tests look."""

from __future__ import annotations

import resource
import sys
from datetime import UTC, datetime
from pathlib import Path

from storage import engine, migrations
from storage.errors import AliasMoved, StoreUnusable
from storage.layout import Layout
from storage.records import NewEvent
from storage.store import Store

NEXT = "0099"
"""Revision of the tests' own scripts, which follow the newest one."""
REVISIONS = Path(__file__).parent / "revisions"


def count_up(project: Path, times: int) -> None:
    """Reads the newest number and appends the next one, over and over."""
    store = Store.open(project, program="test")
    for _ in range(times):
        with store.write() as tx:
            newest = tx.events.newest(limit=1)
            number = newest[0].payload["number"] if newest else 0
            tx.events.add(numbered(number + 1))
    store.close()


def fill_disk(project: Path, limit_bytes: int) -> tuple[int, str]:
    """Appends events with files limited in size; how many were kept, and the problem's words."""
    store = Store.open(project, program="test")
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, resource.RLIM_INFINITY))
    kept = 0
    try:
        while True:
            with store.write() as tx:
                tx.events.add(numbered(kept + 1))
            kept += 1
    except StoreUnusable as error:
        return kept, str(error)


def create(project: Path) -> None:
    """Makes a store, while others may make the same one."""
    Store.create(project, program="test").close()


def upgrade(project: Path, folder: str = "second") -> None:
    """Upgrades a store to the test's own next revision."""
    layout = Layout(project)
    catalog = engine.open_engine(layout.catalog)
    scripts = (migrations.SCRIPTS / "versions", REVISIONS / folder)
    now = datetime(2026, 1, 2, tzinfo=UTC)
    try:
        migrations.bring_up_to_date(
            catalog, layout, program="2.0", now=now, head=NEXT, scripts=scripts
        )
    finally:
        catalog.dispose()


def promote(project: Path, number: int) -> bool:
    """Moves the champion away from v1; False when somebody else was first."""
    store = Store.open(project, program="test")
    try:
        with store.write() as tx:
            tx.models.move_alias("late", "champion", to=number, expected=1, who="ann", why="test")
    except AliasMoved:
        return False
    finally:
        store.close()
    return True


def numbered(number: int) -> NewEvent:
    """An event that is told apart by its number."""
    return NewEvent(kind="test", subject="n", message="m" * 200, payload={"number": number})


def put_blobs(project: Path, seed: int) -> None:
    """Puts blob after blob and says the name of each that is kept, until it is killed."""
    store = Store.open(project, program="test")
    number = seed * 1_000_000
    while True:
        number += 1
        content = f"{number:>16}".encode() * (1 + number % 20_000)
        print(store.blobs.put(content), flush=True)  # noqa: T201 - the test reads it


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["put_blobs", project, seed]:
            put_blobs(Path(project), int(seed))
        case ["upgrade", project, folder]:
            upgrade(Path(project), folder)
        case unknown:
            sys.exit(f"nothing is called {unknown}")
