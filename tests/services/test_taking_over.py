"""Which files somebody means: files by name, folders, and patterns."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.services.project import opened
from tests.services.shop import configured, read
from workbench.api import Workbench
from workbench.errors import UsageError
from workbench.services.taking_over import files_of

NAMES = ["b.csv", "a.csv.gz", "within/c.parquet", "within/deep/가.jsonl", "x[1].tsv"]
OTHERS = [".hidden.csv", "within/.git/d.csv", "e.csv.part", "f.tmp", "README", "g.xlsx", "~$h.csv"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with files of rows, and others."""
    for name in (*NAMES, *OTHERS):
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("id\n1\n")
    return tmp_path / "data"


def named(folder: Path, *paths: Path | str) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in files_of(paths)]


def test_of_a_folder_every_file_of_rows_counts_in_the_order_of_names(folder: Path):
    expected = ["a.csv.gz", "b.csv", "within/c.parquet", "within/deep/가.jsonl", "x[1].tsv"]

    assert named(folder, folder) == expected
    assert named(folder, str(folder) + "/") == expected


PATTERNS = {
    "of a folder": ("*.csv*", ["a.csv.gz", "b.csv"]),
    "of all folders": ("**/*.jsonl", ["within/deep/가.jsonl"]),
    "of one sign": ("?.csv", ["b.csv"]),
    "of Korean names": ("within/*/가*", ["within/deep/가.jsonl"]),
    "that means a folder": ("with*", ["within/c.parquet", "within/deep/가.jsonl"]),
}


@pytest.mark.parametrize(("pattern", "names"), PATTERNS.values(), ids=PATTERNS.keys())
def test_a_pattern_means_what_it_fits(folder: Path, pattern: str, names: list[str]):
    assert named(folder, f"{folder}/{pattern}") == names


def test_a_name_with_the_signs_of_a_pattern_means_its_file(folder: Path):
    assert named(folder, folder / "x[1].tsv") == ["x[1].tsv"]


def test_a_file_by_its_name_counts_whatever_it_is(folder: Path):
    assert named(folder, folder / "README", folder / ".hidden.csv") == ["README", ".hidden.csv"]


def test_a_file_that_is_meant_twice_counts_once(folder: Path):
    assert named(folder, folder / "b.csv", folder, f"{folder}/*.csv")[:2] == ["b.csv", "a.csv.gz"]
    assert len(named(folder, folder, folder)) == len(NAMES)


NOTHING = {
    "no such file": ("nothing.csv", "There is no file .*nothing.csv"),
    "a pattern that fits nothing": ("*.orc", "There is no file .*orc"),
    "a pattern that fits what is not done": ("*.part", "There is no file .*part"),
}


@pytest.mark.parametrize(("path", "said"), NOTHING.values(), ids=NOTHING.keys())
def test_a_path_that_means_nothing_is_refused(folder: Path, path: str, said: str):
    with pytest.raises(UsageError, match=said):
        files_of([folder / "b.csv", folder / path])


def test_a_folder_without_files_of_rows_is_refused_and_says_what_is_there(tmp_path: Path):
    (tmp_path / "README").touch()

    with pytest.raises(UsageError, match=r"No file in .* can be read as rows \(1 other file\)"):
        files_of([tmp_path])


def test_a_folder_becomes_one_version(tmp_path: Path):
    with opened(tmp_path, configured()) as project:
        for number in range(20):
            path = tmp_path / "old" / f"{number % 3}" / f"{number:02d}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"id,v\n{number},{number}\n")
        made = Workbench(project.context).add("sales", tmp_path / "old", tmp_path / "old" / "1")
        project.work(kinds=("check",))

        assert made is not None
        assert (made.number, made.rows, made.source_count) == (1, 20, 20)
        order = [n for folder in range(3) for n in range(folder, 20, 3)]
        assert [row[0] for row in read(project, 1, "v")] == order
        assert Workbench(project.context).add("sales", tmp_path / "old") is None
