"""What a run begins with that is like another one."""

from __future__ import annotations

import pytest

from storage.records import NewRun
from tests.tui.stock import new_project, reopened
from workbench.core import typed
from workbench.errors import UsageError
from workbench.tui import starting


@pytest.fixture
def opened(tmp_path):
    with reopened(new_project(tmp_path / "flights")) as workbench:
        yield workbench


def started(opened, *, recipe="default", job=None, params=()):
    new = NewRun(
        experiment="late",
        name="late",
        recipe=recipe,
        model="",
        params=dict(params),
        seed=0,
        source_hash="",
        job_id=job,
    )
    with opened._context.store.write() as tx:
        return tx.runs.start(new)


def filled(begun, **lines):
    params = {f"{starting.PARAM}{name}": str(value) for name, value in begun.params.items()}
    where = {"experiment": begun.experiment, "recipe": begun.recipe, "data": "", "more": ""}
    return where | params | lines


def test_what_was_set_for_a_run_is_set_again_and_what_it_had_by_default_is_not(opened):
    job = opened.train("late", params={"num_leaves": 9})
    run = started(opened, job=job.id, params={"num_leaves": 9, "max_depth": -1})

    begun = starting.beginning(opened, run)
    starting.train(opened, begun, filled(begun))

    assert begun.params == {"num_leaves": 9, "max_depth": -1}
    assert opened.jobs(limit=1)[0].arguments["params"] == {"num_leaves": 9}


def test_a_line_that_was_emptied_is_left_to_the_recipe(opened):
    job = opened.train("late", params={"num_leaves": 9})
    begun = starting.beginning(opened, started(opened, job=job.id, params={"num_leaves": 9}))

    starting.train(opened, begun, filled(begun, **{f"{starting.PARAM}num_leaves": ""}))

    assert "params" not in opened.jobs(limit=1)[0].arguments


def test_a_run_of_a_script_cannot_be_trained_here(opened):
    with pytest.raises(UsageError, match="was logged by a script"):
        starting.beginning(opened, started(opened, recipe=""))


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", 3), ("-.5", -0.5), ("1e-3", 0.001), ("True", True), ("none", None), ("dart", "dart")],
    ids=str,
)
def test_what_reads_as_a_value_is_one(text, value):
    found = typed.scalar(text)

    assert (found, type(found)) == (value, type(value))


def test_what_is_written_is_read_back():
    named = {"team": "ops", "why": "it's a 'try'", "empty": ""}

    assert typed.pairs(typed.written(named)) == named


@pytest.mark.parametrize("text", ["0", "-1", "few", "1.5"])
def test_only_numbers_from_one_on_count(text):
    with pytest.raises(UsageError, match="is no number from 1 on"):
        typed.whole(text, called="trials")
