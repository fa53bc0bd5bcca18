"""Two versions are compared: columns, rows by key, distributions."""

from __future__ import annotations

import json

import numpy as np
import pytest

from storage.errors import NotFound
from storage.records import DriftVerdict
from tests.services.project import month
from workbench.services import version_diff, versions

FIRST = month(1, rows=1200)


@pytest.fixture
def replaced(project):
    """A table of January, and the same one corrected: 3 prices changed, 2 rows gone, 1 new."""
    project.configure('time = "at"', 'time = "at"\nmode = "replace"')
    project.accept(FIRST)
    prices = FIRST["가격"].copy()
    prices[:3] += 1
    corrected = {**FIRST, "가격": prices}
    kept = {name: values[:-2] for name, values in corrected.items()}
    new = month(2, rows=1)
    project.accept({name: np.concatenate([kept[name], new[name]]) for name in kept})
    return project


def test_rows_are_told_apart_by_their_key(replaced):
    rows = version_diff.diff(replaced.context, "sales@v1", "sales@v2").rows

    assert (rows.added, rows.removed, rows.changed) == (1, 2, 3)
    assert rows.changed_by_column == {"가격": 3}


def test_examples_show_both_sides_the_lowest_keys_first(replaced):
    rows = version_diff.diff(replaced.context, "sales@v1", "sales@v2").rows
    pairs = [json.loads(row) for row in rows.changed_rows]

    assert [pair["new"]["id"] for pair in pairs] == [f"2024-01-0000{n}" for n in range(3)]
    assert all(pair["new"]["가격"] - pair["old"]["가격"] == pytest.approx(1) for pair in pairs)
    assert [json.loads(row)["old"] for row in rows.added_rows] == [None]


def test_a_version_does_not_differ_from_itself(replaced):
    found = version_diff.diff(replaced.context, "sales@v2", "sales")

    assert (found.rows.added, found.rows.removed, found.rows.changed) == (0, 0, 0)
    assert {one.effect for one in found.distribution.columns} == {0.0}


def test_appended_rows_are_added_and_undone_ones_removed(project):
    project.accept(FIRST)
    project.accept(month(2, rows=30))
    versions.undo(project.context, "sales@v2")
    project.work(kinds=("check",))

    assert version_diff.diff(project.context, "sales@v1", "sales@v2").rows.added == 30
    assert version_diff.diff(project.context, "sales@v2", "sales@v3").rows.removed == 30


def test_at_most_20_examples_of_each_kind_are_shown(project):
    project.accept(FIRST)
    project.accept(month(2, rows=30))

    assert len(version_diff.diff(project.context, "sales@v1", "sales@v2").rows.added_rows) == 20


def test_without_a_key_a_row_is_told_by_all_its_values(replaced):
    replaced.configure('key = ["id"]', "")
    rows = version_diff.diff(replaced.context, "sales@v1", "sales@v2").rows

    assert (rows.added, rows.removed, rows.changed) == (4, 5, 0)


def test_moved_values_are_seen_in_the_distributions(project):
    project.configure('time = "at"', 'time = "at"\nmode = "replace"')
    project.accept(FIRST)
    project.accept(month(1, rows=1200, price_shift=2.0))
    found = version_diff.diff(project.context, "sales@v1", "sales@v2")
    verdicts = {one.name: one.verdict for one in found.distribution.columns}

    assert verdicts["가격"] is DriftVerdict.DRIFT
    assert verdicts["지역"] is DriftVerdict.STABLE


def test_an_added_a_removed_and_a_retyped_column_are_named(project):
    project.configure('time = "at"', 'time = "at"\nmode = "replace"')
    project.configure("rows = { min = 10 }", "rows = { min = 20 }")
    project.accept({name: values[:10] for name, values in FIRST.items()})  # blocked: pins nothing
    changed = {**FIRST, "새": FIRST["수량"], "수량": FIRST["수량"] + 0.5}
    del changed["지역"]
    project.accept(changed)
    found = version_diff.diff(project.context, "sales@v1", "sales@v2")

    assert [one.name for one in found.added_columns] == ["새"]
    assert [one.name for one in found.removed_columns] == ["지역"]
    assert [(old.type, new.type) for old, new in found.retyped_columns] == [("BIGINT", "DOUBLE")]


def test_unknown_and_removed_versions_cannot_be_compared(replaced):
    versions.remove(replaced.context, "sales@v1")

    for label in ("sales@v9", "slaes@v1", "sales@v1"):
        with pytest.raises(NotFound):
            version_diff.diff(replaced.context, label, "sales@v2")
