"""Which paths a pattern of watched files means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core import patterns

names = st.text("ab월.", min_size=1, max_size=3).filter(lambda name: name not in {".", ".."})
paths = st.lists(names, min_size=1, max_size=4).map("/".join)


@pytest.mark.parametrize(
    ("pattern", "fixed"),
    [
        ("inbox/sales/*.csv", "inbox/sales"),
        ("inbox/*/sales.csv", "inbox"),
        ("inbox/sales.csv", "inbox"),
        ("*.csv", "."),
        ("들어옴/매출-[0-9]*.csv", "들어옴"),
    ],
)
def test_the_fixed_part_ends_before_the_first_wildcard(pattern, fixed):
    assert patterns.fixed_part(pattern) == fixed


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("inbox/*.csv", "inbox/a.csv", True),
        ("inbox/*.csv", "inbox/sub/a.csv", False),
        ("inbox/*.csv", "other/inbox/a.csv", False),
        ("inbox/*.csv", "/inbox/a.csv", False),
        ("inbox/*.csv", "inbox/a.CSV", False),
        ("inbox/**/*.csv", "inbox/a.csv", True),
        ("inbox/**/*.csv", "inbox/x/y/a.csv", True),
        ("inbox/**", "inbox/a.csv", True),
        ("inbox/**", "inbox/x/a.csv", True),
        ("inbox/**/2024/*", "inbox/2024/a", True),
        ("inbox/**/2024/*", "inbox/x/2024/y/a", False),
        ("inbox/매출-[0-9].csv", "inbox/매출-7.csv", True),
    ],
)
def test_a_pattern_means_whole_paths_from_the_projects_folder_on(pattern, path, expected):
    assert patterns.reaches(pattern, path) is expected


@given(paths)
def test_a_path_is_meant_by_itself_by_stars_and_by_any_folders(path):
    stars = "/".join("*" for _ in path.split("/"))

    assert patterns.reaches(path, path)
    assert patterns.reaches(stars, path)
    assert patterns.reaches("**/*", path)


@given(paths, names)
def test_a_pattern_reaches_nothing_below_a_file_it_means(path, name):
    assert not patterns.reaches(path, f"{path}/{name}")
