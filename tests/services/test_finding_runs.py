"""Runs found, compared, planned, made again and taken away, on a project with a champion."""

from __future__ import annotations

import pytest

from storage.records import NewRun
from storage.records.reproduction import Reproduction, Sameness
from tests.services.project import Project, month
from workbench.api import Workbench
from workbench.errors import UsageError
from workbench.services import planning, reproduction

RECIPE = """
import os
from sklearn.tree import DecisionTreeClassifier

def make(depth, random_state=0):
    return DecisionTreeClassifier(max_depth=depth, max_features=1, random_state={seed})
"""


def workbench_of(project: Project) -> Workbench:
    return Workbench(project.context)


def made_again(project: Project, run: int) -> Reproduction:
    project.enqueue("reproduce", run=run)
    (job,) = project.work(kinds=("reproduce",))
    found = workbench_of(project).reproduction(job)
    assert found is not None, job.error
    return found


def own_recipe(project: Project, seed: str) -> None:
    (project.folder / "recipes.py").write_text(RECIPE.format(seed=seed), encoding="utf-8")
    project.configure(
        "[experiments.returns.recipes.linear]",
        '[experiments.returns.recipes.own]\nmodel = "recipes:make"\nparams = { depth = 3 }\n'
        "[experiments.returns.recipes.linear]",
    )


def changes(project: Project, recipe: str) -> list[str]:
    (found,) = (one for one in planning.plan(project.context) if one.recipe == recipe)
    return [f"{one.area}: {one.sentence}" for one in found.changes]


@pytest.mark.parametrize("recipe", ["boosted", "linear"])
def test_a_run_is_made_again_bit_for_bit(quarter, recipe):
    run = quarter.train(recipe)

    found = made_again(quarter, run.id)
    assert (found.sameness, found.reasons) == (Sameness.BIT_IDENTICAL, ())
    assert quarter.run(found.again).parent_id == run.id


def test_a_baseline_is_made_again_with_its_intervals(trained):
    (baseline,) = workbench_of(trained).find_runs("recipe = 'baseline'", limit=1)

    found = made_again(trained, baseline.id)
    assert found.sameness is Sameness.BIT_IDENTICAL
    assert trained.run(found.again).metrics == baseline.metrics
    assert workbench_of(trained).baseline_of(1).id == baseline.id


def test_a_run_is_made_again_with_the_code_of_then(quarter):
    own_recipe(quarter, "random_state")
    run = quarter.train("own")
    (quarter.folder / "recipes.py").write_text("broken(", encoding="utf-8")

    assert made_again(quarter, run.id).sameness is Sameness.BIT_IDENTICAL
    assert changes(quarter, "own") == ["code: recipes.py has changed"]


def test_what_chance_decides_differs_and_says_by_how_much(quarter):
    own_recipe(quarter, "int.from_bytes(os.urandom(3), 'big')")
    run = quarter.train("own")

    found = made_again(quarter, run.id)
    assert found.sameness is Sameness.DIFFERS
    assert found.largest_difference > 0
    assert "nothing that was recorded has changed" in found.reasons[0]


def test_a_run_whose_kept_model_is_damaged_cannot_be_made_again(trained):
    with trained.store.read() as tx:
        kept = {one.path: one.blob for one in tx.runs.artifacts(1)}
    path = trained.store.blobs.path(kept["test-scores.f64"])
    path.chmod(0o644)
    path.write_bytes(b"something else")

    found = made_again(trained, 1)
    assert (found.sameness, found.again) == (Sameness.DIFFERS, None)
    assert found.sentence.startswith("r1 cannot be made again: ")


def test_a_run_logged_by_a_program_is_refused(trained):
    with trained.store.write() as tx:
        new = NewRun(experiment="x", name="x", recipe="", model="", params={}, seed=0, source_hash="")  # fmt: skip
        run = tx.runs.start(new)

    with pytest.raises(UsageError, match="only a finished run"):
        workbench_of(trained).reproduce(run.id)


def test_nothing_would_change_until_data_params_or_split_do(trained):
    assert changes(trained, "boosted") == []

    trained.configure("num_leaves = 7", "num_leaves = 9")
    trained.configure("seed = 7", "seed = 8")
    trained.accept(month(4))
    assert changes(trained, "boosted") == [
        "data: sales@v1 -> sales@v2",
        "params: num_leaves 7 -> 9",
        "seed: 7 -> 8",
    ]


def test_a_plan_runs_nothing(trained):
    before = (trained.jobs(), trained.events())

    planning.plan(trained.context)
    assert (trained.jobs(), trained.events()) == before


def test_runs_are_compared_on_the_same_rows_with_their_curves(trained):
    other = trained.train("boosted", params={"num_leaves": 3})

    found = workbench_of(trained).compare_runs(1, other.id)
    assert {one.name for one in found.differences} == {"num_leaves"}
    (paired,) = found.paired
    assert (paired.run_id, paired.test) == (other.id, "DeLong over days")
    assert "roc_auc" in {one.key for one in found.curves}


def test_a_run_that_a_model_was_made_of_is_kept_with_the_reason(trained):
    workbench = workbench_of(trained)

    (removal,) = workbench.remove_runs(1)
    assert removal.kept_because == "returns@v1 was made of r1"
    assert workbench.get_run(1).label == "r1"


def test_reproducing_is_a_job_that_workers_know():
    from workbench.worker.kinds import KINDS

    assert KINDS["reproduce"] == f"{reproduction.__name__}:reproduce"
