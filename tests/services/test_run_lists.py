"""A page of runs as a list shows it."""

from __future__ import annotations

import pytest

import workbench
from tests.tui.stock import new_project


@pytest.fixture
def families(tmp_path):
    """Parents a and b with children of their own, and a grandchild of a."""
    with workbench.open(new_project(tmp_path / "shop")) as opened:
        with opened.run("late", name="a") as a:
            a.log(step=1, auc=0.7)
            with a.child("a1") as child:
                child.log(step=1, auc=0.9)
                with child.child("a11"):
                    pass
            with a.child("a2"):
                pass
        with opened.run("late", name="b") as b:
            b.log(step=1, auc=0.8)
        yield opened


def names(page):
    return [f"{'  ' * one.depth}{one.run.name}" for one in page.runs]


def numbers(opened):
    return {run.name: run.id for run in opened.runs()}


def test_children_are_hidden_below_runs_that_have_ended(families):
    page = families.run_page()

    assert names(page) == ["b", "a"]
    assert [one.children for one in page.runs] == [0, 2]
    assert page.total == 2


def test_children_follow_their_parent_once_somebody_unfolds_it(families):
    ids = numbers(families)

    page = families.run_page(folds={ids["a"]: True, ids["a1"]: True})

    assert names(page) == ["b", "a", "  a2", "  a1", "    a11"]
    assert page.total == 2


def test_children_of_a_running_run_are_shown_unless_somebody_folds_it(families):
    with families.run("late", name="c") as c, c.child("c1"):
        shown = families.run_page()
        folded = families.run_page(folds={c.id: False})

    assert names(shown)[:2] == ["c", "  c1"]
    assert names(folded)[:2] == ["c", "b"]


def test_what_is_found_stands_on_its_own_wherever_it_belongs(families):
    page = families.run_page("auc >= 0.8", sort="-auc")

    assert names(page) == ["a1", "b"]
    assert (page.total, page.is_flat) == (2, True)
    assert page.runs[0].children == 1


def test_a_page_of_families_counts_parents_alone(families):
    page = families.run_page(limit=1, offset=1, folds={numbers(families)["a"]: True})

    assert names(page) == ["a", "  a2", "  a1"]
    assert page.total == 2
