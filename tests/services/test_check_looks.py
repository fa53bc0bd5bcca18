"""Checks as they would end today, as they ended, and as they might be."""

from __future__ import annotations

import pytest

from storage.errors import NotFound
from storage.records import VersionState
from tests.services.project import month
from workbench.errors import UsageError
from workbench.services import check_looks

GOOD = month(1, rows=400)


@pytest.fixture
def shop(project):
    """A project with two accepted versions."""
    project.accept(GOOD)
    project.accept(month(2, rows=200))
    return project


def test_the_checks_of_today_are_tried_on_a_version_that_passed_those_of_its_day(shop):
    shop.configure("min = 0", "min = 100")
    found = check_looks.try_out(shop.context, shop.version(2))
    failed = next(one for one in found if one.check == "가격 min")

    assert (failed.passed, failed.rows) == (False, 200)
    assert len(failed.examples) == 20


def test_trying_checks_out_changes_nothing(shop):
    shop.configure("min = 0", "min = 100")
    before = (shop.happened(), shop.version(2), kept(shop, 2))
    check_looks.try_out(shop.context, shop.version(2))

    assert (shop.happened(), shop.version(2), kept(shop, 2)) == before


def kept(shop, number):
    with shop.store.read() as tx:
        return tx.checks.of(shop.version(number).id)


def test_the_history_has_each_version_whatever_became_of_it(shop):
    shop.configure("min = 0", "min = 100, max = 1000")
    assert shop.accept(month(3, rows=50)).state is VersionState.QUARANTINED
    history = check_looks.history(shop.context, "sales", limit=10)
    found = {one.check: one.results for one in history.checks}

    assert [one.number for one in history.versions] == [1, 2, 3]
    assert list(found) == ["rows", "가격 min", "가격 max", "key id unique"]
    assert [one and one.passed for one in found["가격 min"]] == [True, True, False]
    assert [one and one.rows for one in found["가격 max"]] == [None, None, 50]
    assert all(one is None or not one.examples for one in found["가격 min"])


def test_the_history_has_the_newest_versions(shop):
    history = check_looks.history(shop.context, "sales", limit=1)

    assert [one.number for one in history.versions] == [2]


def test_what_is_suggested_passes_on_the_rows_it_was_made_from(shop):
    text = check_looks.suggest(shop.context, "sales")
    path = shop.folder / "workbench.toml"
    before = path.read_text(encoding="utf-8")
    start = before.index("[datasets.sales.checks.table]")
    end = before.index("[experiments.returns]")
    path.write_text(before[:start] + text + before[end:], encoding="utf-8")
    results = [
        one for number in (1, 2) for one in check_looks.try_out(shop.context, shop.version(number))
    ]

    assert all(one.passed for one in results)
    assert {"rows", "id not null", "가격 max", "지역 in"} <= {one.check for one in results}


def test_without_rows_nothing_is_suggested(project):
    with pytest.raises(NotFound):
        check_looks.suggest(project.context, "sales")
    project.add(GOOD)
    with pytest.raises(UsageError, match="sales has no accepted version with rows"):
        check_looks.suggest(project.context, "sales")
