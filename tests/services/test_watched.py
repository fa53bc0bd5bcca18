"""What a pattern reaches, in a real folder."""

from __future__ import annotations

import os

import pytest

from tests.privileges import without_privileges
from tests.services.project import CONFIG, opened
from workbench.core import patterns, settling
from workbench.services import watched

TREE = (
    "a.csv",
    "inbox/a.csv",
    "inbox/b.parquet",
    "inbox/[1].csv",
    "inbox/A.CSV",
    "inbox/done/a.csv",
    "inbox/quarantine/q.csv",
    "inbox/.hidden.csv",
    "inbox/half.csv.part",
    "inbox/.folder/a.csv",
    "inbox/sales/a.csv",
    "inbox/sales/2024/a.csv",
    "inbox/sales/2024/done/a.csv",
    "inbox/매출/1월.csv",
    "done/a.csv",
)
PATTERNS = (
    "*.csv",
    "*",
    "inbox/*",
    "inbox/*.csv",
    "inbox/a.csv",
    "inbox/?.csv",
    "inbox/[ab]*",
    "inbox/[[]1].csv",
    "inbox/*/*.csv",
    "inbox/*/a.csv",
    "inbox/**/*.csv",
    "inbox/**/a.csv",
    "inbox/**/2024/*",
    "**/*.csv",
    "inbox/매출/*월.csv",
    "done/*",
    "inbox/**",
    "nowhere/*",
)


@pytest.fixture
def tree(tmp_path):
    """A folder with files of all sorts of names."""
    for name in TREE:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("id\n1\n")
    return tmp_path


def test_the_watched_folders_are_made(project):
    watched.make_folders(project.context)

    assert watched.folders(project.context) == (project.folder / "inbox" / "sales",)
    assert (project.folder / "inbox" / "sales").is_dir()


@pytest.mark.parametrize(
    ("pattern", "folder"),
    [
        ("inbox/sales/*.csv", "inbox/sales"),
        ("inbox/*/sales.csv", "inbox"),
        ("*.csv", "."),
        ("들어옴/매출-[0-9]*.csv", "들어옴"),
    ],
)
def test_a_folder_ends_where_the_pattern_begins(tmp_path, pattern, folder):
    with opened(tmp_path, CONFIG.replace("inbox/sales/*", pattern)) as project:
        assert watched.folders(project.context) == ((tmp_path / folder).resolve(),)


def is_open(path, root):
    """Whether a file below the folder `root` is whole by its name and was not put away."""
    below = path.relative_to(root)
    is_away = not {"done", "quarantine"}.isdisjoint(below.parts[:-1])
    return not is_away and not any(settling.is_partial(part) for part in below.parts)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_reaches_what_it_reaches_for_python_but_what_is_hidden_or_put_away(tree, pattern):
    root = tree / patterns.fixed_part(pattern)
    # Python's own ** at the end means folders, of which none is a file.
    files = f"{pattern}/*" if pattern.endswith("**") else pattern
    expected = {
        path.relative_to(tree).as_posix()
        for path in tree.glob(files)
        if path.is_file() and is_open(path, root)
    }

    assert set(watched.lying(tree, pattern).files) == expected


@pytest.mark.parametrize("pattern", PATTERNS)
def test_what_lies_there_is_what_the_pattern_says_of_paths(tmp_path, pattern):
    config = CONFIG.replace("inbox/sales/*", pattern)
    with opened(tmp_path, config) as project:
        reached = {name for name in TREE if watched.is_watched(project.context, "sales", name)}
        for name in TREE:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).touch()
        found = {name for name in watched.lying(tmp_path, pattern).files if name in TREE}

    hidden = {name for name in reached if any(map(settling.is_partial, name.split("/")))}
    assert found == reached - hidden


def test_a_folder_that_may_not_be_read_is_told_and_the_others_are_read(tree):
    (tree / "inbox" / "sales").chmod(0)
    with without_privileges():
        found = watched.lying(tree, "inbox/*/*.csv")
    (tree / "inbox" / "sales").chmod(0o755)

    assert found.problems == {"inbox/sales/": "Permission denied"}
    assert set(found.files) == {"inbox/매출/1월.csv"}


def test_a_name_that_the_catalog_cannot_keep_is_told(tree):
    (tree / os.fsdecode("inbox/매출.csv".encode("cp949"))).write_text("id\n1\n")
    found = watched.lying(tree, "inbox/*.csv")

    assert found.problems == {"inbox/\\xb8\\xc5\\xc3\\xe2.csv": "its name is not UTF-8"}
    assert "inbox/a.csv" in found.files


@pytest.mark.parametrize("pattern", ["inbox/*", "inbox/*/*", "inbox/**/*"])
def test_links_that_lead_nowhere_or_round_in_circles_end_no_walk(tree, pattern):
    (tree / "inbox" / "nowhere.csv").symlink_to("missing")
    (tree / "inbox" / "round").symlink_to("round")
    (tree / "inbox" / "sales" / "up").symlink_to(tree / "inbox")
    found = watched.lying(tree, pattern)

    assert not any("nowhere" in path or "round" in path for path in found.files)
    assert set(found.problems.values()) <= {"Too many levels of symbolic links"}


def test_a_folder_that_is_gone_holds_nothing(tree):
    assert watched.lying(tree, "gone/*.csv") == watched.Lying()
    assert watched.lying(tree, "a.csv/*.csv") == watched.Lying()
