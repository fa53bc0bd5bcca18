"""The store of a project: one door to its catalog, blobs and frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from sqlalchemy import Connection, Engine

from storage import engine, migrations
from storage.arrivals import Arrivals
from storage.blobs import Blobs
from storage.checks import Checks
from storage.datasets import Datasets
from storage.drift import Drift
from storage.errors import StoreMissing, StoreUnusable
from storage.events import Events
from storage.jobs import Jobs
from storage.keys import Keys
from storage.layout import Layout, network_file_system
from storage.models import Models
from storage.partitions import Partitions
from storage.references import References
from storage.removals import Removals
from storage.reviews import Reviews
from storage.runs import Runs
from storage.studies import Studies

if TYPE_CHECKING:
    from storage.frames import Frames

Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


class Transaction:
    """The repositories as one consistent whole; made by `Store.read` and `Store.write`."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self.now = now
        self.arrivals = Arrivals(connection, now)
        self.checks = Checks(connection)
        self.datasets = Datasets(connection, now)
        self.drift = Drift(connection, now)
        self.events = Events(connection, now)
        self.jobs = Jobs(connection, now)
        self.keys = Keys(connection, now)
        self.models = Models(connection, now)
        self.partitions = Partitions(connection)
        self.references = References(connection)
        self.removals = Removals(connection, now)
        self.reviews = Reviews(connection, now)
        self.runs = Runs(connection, now)
        self.studies = Studies(connection, now)


class Store:
    """An open store. Any thread may use it; each transaction has a connection of its own."""

    def __init__(self, layout: Layout, catalog: Engine, clock: Clock) -> None:
        self.layout = layout
        self.blobs = Blobs(layout.blobs, layout.staging)
        self._engine = catalog
        self._clock = clock
        self._idle: Connection | None = None
        self._inherited: tuple[object, ...] = ()

    @classmethod
    def create(cls, project: Path, *, program: str, clock: Clock = wall_clock) -> Self:
        """The store of `project`, made when it is missing.

        Args:
            project: An existing folder.
            program: Version of the program, kept beside the catalog's own revision.
            clock: Gives the time of everything that is written.

        Raises:
            StoreTooNew: A newer program wrote it.
            StoreUnusable: The folder cannot hold a store.
        """
        layout = Layout(project.resolve())
        try:
            layout.create()
        except OSError as error:
            raise StoreUnusable(
                f"{layout.root} cannot hold a store: {error.strerror}.",
                "Check that the project is a folder, is writable and not full.",
            ) from error
        catalog = engine.open_engine(layout.catalog)
        try:
            migrations.bring_up_to_date(catalog, layout, program=program, now=clock())
        except BaseException:
            catalog.dispose()
            raise
        return cls(layout, catalog, clock)

    @classmethod
    def open(cls, project: Path, *, program: str, clock: Clock = wall_clock) -> Self:
        """The store that `project` has.

        Raises:
            StoreMissing: It has none.
            StoreTooNew: A newer program wrote it.
        """
        if not Layout(project).catalog.is_file():
            raise StoreMissing.at(project)
        return cls.create(project, program=program, clock=clock)

    @cached_property
    def frames(self) -> Frames:
        """DuckDB over the store's Parquet files; started at first use."""
        # DuckDB takes a third of a short command's time to import, and many need none of it.
        from storage.frames import Frames  # noqa: PLC0415

        return Frames(self.blobs, self.layout.staging)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What somebody should know about where the store lies; empty when all is well."""
        kind = network_file_system(self.layout.root)
        if kind is None:
            return ()
        warning = (
            f"The store lies on a network file system ({kind}), where several processes can damage "
            "its catalog. Move the project to a local disk."
        )
        return (warning,)

    def now(self) -> datetime:
        """The time by the store's clock."""
        return self._clock()

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """One consistent view; short, and never open while something is computed."""
        with engine.reading(self._engine) as connection:
            yield Transaction(connection, self._clock())

    @contextmanager
    def write(self, *, is_lasting: bool = True) -> Iterator[Transaction]:
        """One change, kept whole or not at all; short, since there is one writer at a time.

        Args:
            is_lasting: Whether its end waits for the disk, so that it survives a power cut too.
        """
        with engine.writing(self._engine, is_lasting=is_lasting) as connection:
            yield Transaction(connection, self._clock())

    def change_token(self) -> int:
        """A number that differs once any other connection has committed; for one thread."""
        if self._idle is None:
            self._idle = engine.idle_connection(self._engine)
        return engine.data_version(self._idle)

    @contextmanager
    def following(self) -> Iterator[Callable[[], int]]:
        """What `change_token` gives, for one more thread that follows the catalog."""
        with closing(engine.idle_connection(self._engine)) as connection:
            yield lambda: engine.data_version(connection)

    def forget_connections(self) -> None:
        """In a forked child: leaves the parent's connections alone, and makes its own from now on."""
        # Closing one here would take the file's locks away under the parent.
        self._inherited = (*self._inherited, self._engine.pool, self._idle)
        self._engine.dispose(close=False)
        self._idle = None

    def close(self) -> None:
        """Lets go of all connections."""
        if self._idle is not None:
            self._idle.close()
            self._idle = None
        if "frames" in self.__dict__:
            self.frames.close()
        self._engine.dispose()
