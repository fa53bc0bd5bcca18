"""The page of a run: well-formed, self-contained, complete, and unmoved by hostile names."""

from __future__ import annotations

import math
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from storage.records import Metric, RunState
from tests.report import lives
from tests.report.runs import a_run, figures
from workbench.core.run_figures import RunFigures
from workbench.report import run as report


def page(run, drawn, *, baseline=None):
    return report.html(
        run, baseline=baseline, figures=drawn, made_at=lives.MADE_AT, project="flights"
    )


def text(written):
    return "".join(ET.fromstring(written.removeprefix("<!DOCTYPE html>\n")).itertext())


def hostile():
    name = lives.HOSTILE[0]
    params, tags = {name: name}, {name: name}
    run = a_run(experiment=name, name=name, params=params, tags=tags, note=name, error=name)
    return run, figures(name=name, classes=lives.HOSTILE[:2])


UNDEFINED = {"roc_auc": Metric(key="roc_auc", value=math.nan, step=0)}
RUNS = {
    "binary": (a_run(), figures()),
    "multiclass": (a_run("multiclass"), figures("multiclass")),
    "regression": (a_run("regression"), figures("regression")),
    "without figures": (a_run(), None),
    "failed": (a_run(state=RunState.FAILED, error="It raised.", metrics={}), None),
    "undefined": (a_run(metrics=UNDEFINED), figures()),
    "bare": (a_run(), RunFigures(task="binary", metric="roc_auc")),
    "hostile": hostile(),
}
every_run = pytest.mark.parametrize(("run", "drawn"), RUNS.values(), ids=RUNS)


@every_run
def test_the_page_is_well_formed_and_needs_nothing_else(run, drawn):
    tree = ET.fromstring(page(run, drawn, baseline=a_run()).removeprefix("<!DOCTYPE html>\n"))
    attributes = {key for element in tree.iter() for key in element.attrib}
    tags = {element.tag for element in tree.iter()}

    assert not attributes & {"src", "href", "srcset", "action"}
    assert not tags & {"link", "iframe", "img", "object"}


@pytest.mark.parametrize("name", lives.HOSTILE)
def test_a_name_that_somebody_chose_stands_as_text(name):
    written = page(a_run(experiment=name), figures(name=name))

    assert written.count("<script>") == page(a_run(), figures()).count("<script>")


def test_the_page_says_whether_the_run_beats_a_guess():
    guess = replace(a_run(), metrics={"roc_auc": Metric(key="roc_auc", value=0.5, step=0)})

    assert "Better than the baseline" in text(page(a_run(), figures(), baseline=guess))


@pytest.mark.parametrize(
    ("task", "titles"),
    [
        ("binary", ["ROC of yes", "PR of yes", "Calibration"]),
        ("multiclass", ["ROC of a", "ROC of b", "PR of c", "Calibration"]),
        ("regression", ["Residuals", "Residuals by prediction"]),
    ],
)
def test_every_figure_of_a_task_is_drawn(task, titles):
    written = page(a_run(task), figures(task))

    assert all(f"<title>{title}" in written for title in titles)


def test_leaks_slices_folds_and_importances_are_told():
    told = text(page(a_run(), figures()))

    assert "Warning: carrier knows it." in told
    assert "carrier was left out." in told
    assert "75.0 %" in told
    assert "0.6000 0.7000" in told


def test_a_run_that_failed_says_why():
    assert "It raised." in text(page(*RUNS["failed"]))
