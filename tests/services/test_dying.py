"""A process that is killed at any step of a change leaves the dataset as it was, or as it is after."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from itertools import count
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from storage.records import VersionState
from tests.forking import forking
from tests.services.dying import CHANGES, change
from tests.services.project import Project, opened
from tests.services.shop import bring, configured, read
from workbench.services import upkeep

pytestmark = pytest.mark.slow

UPSERT = configured('mode = "upsert"', checks="columns = { v = { max = 100 } }\n")
Seen = dict[int, tuple[str, int, int, int, list[tuple[object, ...]]]]


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> Path:
    """A project with versions that replace rows of each other, and files that shall be added."""
    folder = tmp_path_factory.mktemp("original")
    with opened(folder, UPSERT) as project:
        bring(project, "id,v\na,1\nb,1\nc,1\n")
        bring(project, "id,v\nd,2\n", "id,v\ne,2\na,2\n")
        bring(project, "id,v\nf,3\n")
        bring(project, "id,v\nb,4\nf,4\n")
        (folder / "late").mkdir()
        for number, text in enumerate(
            ["id,v\na,5\ng,5\n", "id,v\r\ng,6\r\nd,6\r\n", "id,v\nd,7\n"]
        ):
            (folder / "late" / f"{number}.csv").write_bytes(text.encode())
    return folder


def seen(project: Project) -> Seen:
    """All versions: how they stand, what they count, and their rows."""
    with project.store.read() as tx:
        found = tx.datasets.newest(tx.datasets.get("sales"))
    return {
        one.number: (
            one.state.value,
            one.rows,
            one.rows_added,
            one.rows_replaced,
            sorted(read(project, one.number)),
        )
        for one in found
    }


@pytest.fixture(scope="module")
def processes() -> Iterator[ForkServerContext]:
    """Where processes come from that make a change and may die of it."""
    with forking("tests.services.dying", "storage.frames") as context:
        yield context


def killed(processes: ForkServerContext, folder: Path, name: str, at: int) -> bool:
    """Whether a process that made a change was killed; if not, it has come to its end."""
    process = processes.Process(target=change, args=(folder, name, at))
    process.start()
    process.join(60)
    assert process.exitcode in {0, -signal.SIGKILL}
    return process.exitcode != 0


@pytest.mark.parametrize("name", CHANGES)
def test_a_killed_change_is_made_wholly_or_not_at_all(
    processes: ForkServerContext, original: Path, tmp_path: Path, name: str
):
    folder = tmp_path / "undisturbed"
    shutil.copytree(original, folder)
    if name == "check":
        assert not killed(processes, folder, "ingest", -1)
        original = tmp_path / "pending"
        shutil.copytree(folder, original)
    with opened(original, None) as project:
        before = seen(project)
    assert not killed(processes, folder, name, -1)
    with opened(folder, None) as project:
        after = seen(project)
        project.work(kinds=("check",))
        end = seen(project)

    for at in count():
        folder = tmp_path / f"{at}"
        shutil.copytree(original, folder)
        was_killed = killed(processes, folder, name, at)
        with opened(folder, None) as project:
            assert seen(project) in (before, after)
            if was_killed and seen(project) == before:
                CHANGES[name](project)
            upkeep.free(project.context, grace_s=-1)
            project.work(kinds=("check",))
            assert seen(project) == end
            assert all(one[0] == VersionState.CURRENT.value for one in seen(project).values())
            assert project.staged() == []
        shutil.rmtree(folder)
        if not was_killed:
            break

    assert at >= 3
