"""Folders appear whole or not at all, and what was there is lost only when that was asked for."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.forking import forking
from workbench.errors import UsageError
from workbench.services import whole_folders

FILES = {"a.txt": b"a", "below/b.txt": b"b", "c.txt": b"c"}


def seen(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_folder_has_all_its_files_and_nothing_lies_beside_it(tmp_path):
    whole_folders.write(tmp_path / "deep" / "out", FILES, replace=False)

    assert seen(tmp_path / "deep") == {f"out/{name}": content for name, content in FILES.items()}


def test_what_is_there_is_kept_unless_it_may_be_replaced(tmp_path):
    target = tmp_path / "out"
    whole_folders.write(target, {"old.txt": b"old"}, replace=False)
    with pytest.raises(UsageError, match="is there already"):
        whole_folders.write(target, FILES, replace=False)

    assert seen(target) == {"old.txt": b"old"}
    whole_folders.write(target, FILES, replace=True)
    assert seen(target) == FILES
    assert [one.name for one in tmp_path.iterdir()] == ["out"]


def test_an_empty_folder_is_filled(tmp_path):
    whole_folders.write(tmp_path, {"a.txt": b"a"}, replace=False)

    assert seen(tmp_path) == {"a.txt": b"a"}


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(UsageError, match="cannot be written"):
        whole_folders.write(tmp_path / "file" / "out", FILES, replace=False)


def dying(target: Path, at: int) -> None:
    """Writes a folder and dies at the `at`-th flush to disk or rename."""
    steps = iter(range(1000))

    def counted(deed):
        def do(*arguments):
            if next(steps) == at:
                os.kill(os.getpid(), signal.SIGKILL)
            return deed(*arguments)

        return do

    os.fsync = counted(os.fsync)
    Path.rename = counted(Path.rename)  # type: ignore[method-assign]
    whole_folders.write(target, FILES, replace=True)


@pytest.mark.slow
@pytest.mark.parametrize("is_there", [False, True], ids=["new", "replaced"])
def test_whoever_kills_it_leaves_no_part_of_a_folder(tmp_path, is_there):
    old = {"old.txt": b"old"}
    ended = []
    with forking(__name__) as context:
        while 0 not in ended:
            target = tmp_path / str(len(ended)) / "out"
            if is_there:
                whole_folders.write(target, old, replace=False)
            process = context.Process(target=dying, args=(target, len(ended)))
            process.start()
            process.join()
            found = seen(target) if target.exists() else None
            ended.append(process.exitcode)

            assert found in (None, old if is_there else None, FILES)
            whole_folders.write(target, FILES, replace=True)
            assert [one.name for one in target.parent.iterdir()] == ["out"]
    assert set(ended[:-1]) == {-signal.SIGKILL}
    assert len(ended) > 5
