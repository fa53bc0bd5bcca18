"""Whatever is done to a dataset, every version that is left reads as a model in plain Python says."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.blobs import sha256_of
from storage.errors import Conflict
from storage.records import ArrivalState, JobState, VersionState
from tests.services.history import History, Row
from tests.services.project import Project, opened
from workbench.errors import UsageError
from workbench.services import datasets, quarantine, rows, upkeep, versions

CONFIG = """
[project]
name = "shop"
[datasets.sales]
key = ["id"]
mode = "MODE"
[datasets.sales.checks.columns]
v = { max = 100 }
"""
BAD = 1000
"""A value that the checks block."""
Step = tuple[str, Any]

KEYS = st.sampled_from([None, "가", "b", "c", "d", "e", "f"])
FILES = st.lists(
    st.lists(st.tuples(KEYS, st.integers(0, 3)), min_size=1, max_size=3), min_size=1, max_size=3
)
WRITTEN = st.sampled_from(["plain", "plain", "plain", "windows", "quoted"])
INGEST = st.tuples(st.just("ingest"), st.tuples(FILES, WRITTEN, st.just(False)))
BLOCKED = st.tuples(st.just("ingest"), st.tuples(FILES, WRITTEN, st.just(True)))
FROM_NEWEST = st.integers(0, 4)
STEPS = st.one_of(
    INGEST,
    INGEST,
    BLOCKED,
    *(
        st.tuples(st.just(what), FROM_NEWEST)
        for what in ("undo", "undo", "accept", "check again", "remove", "remove", "again")
    ),
    *(st.tuples(st.just(what), st.none()) for what in ("compact", "free")),
)


@st.composite
def histories(draw: st.DrawFn, *, most: int) -> list[Step]:
    """Steps, of which the first bring something to begin with."""
    first = draw(st.lists(INGEST, min_size=1, max_size=3))
    return [*first, *draw(st.lists(STEPS, min_size=2, max_size=most))]


@contextmanager
def shop(mode: str) -> Iterator[Project]:
    """A project in a folder of its own, for one example of a property."""
    folder = Path(tempfile.mkdtemp(prefix="histories"))
    try:
        with opened(folder, CONFIG.replace("MODE", mode)) as project:
            yield project
    finally:
        shutil.rmtree(folder)


class Life:
    """A project and what it must be, step by step."""

    def __init__(self, project: Project, mode: Any) -> None:
        self.project = project
        self.model = History(mode)
        self.files: list[tuple[Path, list[Row]]] = []

    def live(self, steps: list[Step]) -> None:
        """Takes steps, and compares after each."""
        for what, how in steps:
            getattr(self, what.replace(" ", "_"))(how)
            self.project.work(kinds=("check",))
            self.compare()

    def ingest(self, how: tuple[list[list[Row]], str, bool]) -> None:
        """Some new files as one version."""
        contents, written, is_bad = how
        paths = []
        for number, content in enumerate(contents):
            bad: list[Row] = [(None, BAD)] if is_bad and number == 0 else []
            path = self.project.folder / f"{len(self.files):03d}.csv"
            lines = [f"{'' if key is None else key},{value}" for key, value in content + bad]
            path.write_text("id,v\n" + "\n".join(lines) + "\n", encoding="utf-8")
            if written == "windows":
                path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
            if written == "quoted" and number == 1:
                path.write_text(path.read_text("utf-8").replace("b,", '"b",'), encoding="utf-8")
            paths.append(path)
            self.files.append((path, content + bad))
        self.bring(paths)

    def again(self, place: int) -> None:
        """A file that was there before."""
        if self.files:
            self.bring([self.files[-1 - place % len(self.files)][0]])

    def bring(self, paths: list[Path]) -> None:
        """Files of which some may be known."""
        content = dict(self.files)
        fresh: dict[str, list[Row]] = {}
        for path in paths:
            sha256 = sha256_of(path)
            if sha256 not in self.model.known() and sha256 not in fresh:
                fresh[sha256] = content[path]
        version = datasets.ingest(self.project.context, "sales", paths)

        assert (version is None) == (not fresh)
        if version is not None:
            is_bad = any(value == BAD for of in fresh.values() for _, value in of)
            number = self.model.ingested(fresh, state="quarantined" if is_bad else "current")
            assert version.number == number

    def undo(self, place: int) -> None:
        """A version without the rows of another."""
        number = self.number(place, "current")
        if number is None:
            return
        undone = self.model.versions[number]
        try:
            made = versions.undo(self.project.context, f"sales@v{number}")
        except (Conflict, UsageError):
            may = undone.undoes is None and self.model.is_whole(number)
            latest = self.model.latest
            assert latest is not None
            is_all = len(latest.rows) == len(undone.added)
            # By key, later versions may have rewritten files in which rows of this one lie.
            assert not may or is_all or self.model.mode == "upsert"
            return
        assert self.model.is_whole(number)
        assert made.number == self.model.undone(number)

    def accept(self, place: int) -> None:
        """A version out of quarantine."""
        number = self.number(place, "quarantined")
        if number is not None and self.is_still_new(number):
            made = quarantine.accept(self.project.context, f"sales@v{number}", why="a test")
            assert made.number == self.model.accepted(number, state="current")

    def check_again(self, place: int) -> None:
        """A version that is checked once more, and still not what it should be."""
        number = self.number(place, "quarantined")
        if number is not None and self.is_still_new(number):
            made = quarantine.check_again(self.project.context, f"sales@v{number}")
            assert made.number == self.model.accepted(number, state="quarantined")

    def is_still_new(self, number: int) -> bool:
        """Whether none of a version's files came since; if one did, it must be refused."""
        if not self.model.versions[number].brought & self.model.known():
            return True
        with pytest.raises(Conflict, match="was read into sales since"):
            quarantine.accept(self.project.context, f"sales@v{number}", why="a test")
        return False

    def remove(self, place: int) -> None:
        """A version that nothing needs."""
        number = self.number(place, "current", "quarantined")
        if number is None:
            return
        latest = self.model.latest
        is_last = self.model.versions[number] is latest
        is_aside = any(one.state == "quarantined" for one in self.model.versions.values())
        try:
            versions.remove(self.project.context, f"sales@v{number}")
        except Conflict:
            assert not is_last or is_aside
            return
        self.model.versions[number].state = "removed"

    def compact(self, _: None) -> None:
        """Small files become few; each version has the same rows, in the same order."""
        if not self.model.versions:
            return
        before = {number: self.read(number) for number in self.left()}
        job = self.project.do("compact", dataset="sales")

        assert job.state is JobState.FINISHED, job.error
        assert {number: self.read(number) for number in self.left()} == before

    def free(self, _: None) -> None:
        """What nothing needs goes at once."""
        upkeep.free(self.project.context, grace_s=-1)

    def number(self, place: int, *states: str) -> int | None:
        """One of the versions in such a state."""
        found = [number for number, one in self.model.versions.items() if one.state in states]
        return found[-1 - place % len(found)] if found else None

    def left(self) -> list[int]:
        """The versions that have not been removed."""
        return [n for n, one in self.model.versions.items() if one.state != "removed"]

    def read(self, number: int) -> list[Row]:
        """The rows of a version."""
        with self.project.store.read() as tx:
            version = tx.datasets.version(tx.datasets.get("sales"), number)
            selection = rows.select(
                self.project.context, tx, rows.Window(dataset="sales", version=version.number)
            )
        if not selection.paths:
            return []
        return self.project.store.frames.rows(selection.sql("id, v"))

    def compare(self) -> None:
        """Every version is as the model says."""
        for number, one in self.model.versions.items():
            version = self.project.version(number)
            assert version.state is VersionState(one.state)
            if one.state == "removed":
                continue
            assert Counter(self.read(number)) == one.content, f"v{number}"
            assert version.rows == len(one.rows), f"v{number}"
            assert version.rows_added == len(one.added)
            assert version.rows_replaced == len(one.replaced)
        if self.model.versions:
            with self.project.store.read() as tx:
                dataset = tx.datasets.get("sales")
                known = tx.partitions.sources(dataset, [sha256_of(one) for one, _ in self.files])
                latest = tx.datasets.latest(dataset)
            assert known == self.model.known()
            assert (latest is None) == (self.model.latest is None)
        assert self.project.staged() == []


def lived(mode: str, steps: list[Step]) -> None:
    with shop(mode) as project:
        life = Life(project, mode)
        life.live(steps)
        assert not [one for one in project.jobs() if one.state is JobState.FAILED]
        assert {one.state for one in project.arrivals()} <= {
            ArrivalState.INGESTED,
            ArrivalState.DUPLICATE,
            ArrivalState.QUARANTINED,
            ArrivalState.DROPPED,
        }


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["upsert", "append"]), histories(most=6))
def test_every_version_reads_as_the_model_says(mode: str, steps: list[Step]):
    lived(mode, steps)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["upsert", "append"]), histories(most=12))
def test_in_long_histories_every_version_reads_as_the_model_says(mode: str, steps: list[Step]):
    lived(mode, steps)
