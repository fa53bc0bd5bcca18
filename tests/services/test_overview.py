"""The whole project in one record, and the life of a model window by window."""

from __future__ import annotations

import pytest

from storage.errors import NotFound
from storage.records import CycleState, EvaluationRole, GateVerdict, VersionState
from tests.services.conftest import copied
from tests.services.project import CONFIG, month, opened
from workbench.engines import instance
from workbench.services import overview


def seen(project):
    return overview.overview(project.context)


def test_an_empty_project_shows_what_its_file_names(project):
    found = seen(project)

    assert found.project == "shop"
    assert [(one.dataset.name, one.versions, one.latest) for one in found.datasets] == [
        ("sales", 0, None)
    ]
    assert (found.models, found.jobs, found.alerts, found.events) == ((), (), (), ())
    assert not any(service.is_running for service in found.services)
    assert found.machine.disk_free_bytes > found.machine.catalog_bytes > 0


def test_a_dataset_shows_its_newest_versions(project):
    project.accept(month(1, rows=100))
    project.accept(month(2, rows=50))
    project.add(month(3, rows=25))
    (sales,) = seen(project).datasets

    assert (sales.latest.number, sales.pending.number, sales.versions) == (2, 3, 3)
    assert sales.rows_added == (100, 50)
    assert [job.kind for job in seen(project).jobs] == ["check"]


def test_versions_in_quarantine_are_no_rows(project):
    bad = month(2, rows=50)
    bad["가격"][0] = -1
    project.accept(month(1, rows=100))
    project.accept(bad)
    (sales,) = seen(project).datasets

    assert (sales.latest.number, sales.rows_added, sales.versions) == (1, (100,), 2)
    assert [alert.key for alert in seen(project).alerts] == ["quarantine sales"]


def test_datasets_stand_in_the_order_of_their_names(tmp_path):
    text = f'{CONFIG}\n[datasets.articles]\n[datasets."가게"]\nfiles = "inbox/shops/*"\n'
    with opened(tmp_path, text) as project:
        project.accept(month(1, rows=50))
        assert [one.dataset.name for one in seen(project).datasets] == ["articles", "sales", "가게"]


def test_a_model_shows_its_champion_and_how_it_did(trained):
    for number in (4, 5):
        trained.accept(month(number))
        trained.work()
    (returns,) = seen(trained).models

    assert (returns.model.name, returns.champion.number, returns.versions) == ("returns", 1, 1)
    assert [one.version for one in returns.champion_evaluations] == [2, 3]
    assert [one.role for one in returns.frozen_evaluations] == [EvaluationRole.FROZEN] * 2
    assert [one.version for one in returns.drift_reports] == [2, 3]


def test_a_service_that_runs_says_where(project):
    lock = project.store.layout.locks / "serve.lock"
    with instance.hold(lock, {"address": "http://127.0.0.1:8080"}):
        found = {one.name: one for one in overview.services(project.context)}

    assert list(found) == ["up", "worker", "watch", "serve"]
    assert found["serve"].is_running
    assert found["serve"].address == "http://127.0.0.1:8080"
    assert not found["worker"].is_running


def test_the_supervisor_says_how_often_it_started_a_service_again(project):
    locks = project.store.layout.locks
    with (
        instance.hold(locks / "up.lock", {"restarts": {"watch": 3}}),
        instance.hold(locks / "watch.lock"),
    ):
        found = {one.name: one for one in overview.services(project.context)}

    assert (found["watch"].restarts, found["up"].restarts) == (3, 0)


def test_a_model_of_no_versions_has_no_history(project):
    with pytest.raises(NotFound, match="No model is called 'returns'"):
        overview.history(project.context, "returns")


def test_before_the_first_window_a_history_has_its_versions(trained):
    history = overview.history(trained.context, "returns")

    assert (history.windows, history.metric) == ((), "roc_auc")
    assert [version.number for version in history.versions] == [1]


@pytest.fixture(scope="module")
def lived(trained_folder, tmp_path_factory):
    """The world turns upside down: first a rejected challenger, then a promoted one, then calm."""
    with copied(trained_folder, tmp_path_factory.mktemp("lived")) as project:
        for number in (4, 5, 6):
            project.accept(month(number, slope=-3.0))
            project.work()
            if number == 4:
                project.configure('window = "90d"', 'window = "25d"')
        yield project


def test_a_history_tells_each_window_with_what_was_decided(lived):
    windows = overview.history(lived.context, "returns").windows

    assert [window.version.number for window in windows] == [2, 3, 4]
    assert [window.cycle and window.cycle.state for window in windows] == [
        CycleState.REJECTED,
        CycleState.PROMOTED,
        None,
    ]
    assert [window.review and window.review.decision.verdict for window in windows] == [
        GateVerdict.REJECT,
        GateVerdict.PASS,
        None,
    ]
    assert [window.serving for window in windows] == [1, 3, 3]


def test_a_history_shows_champion_and_frozen_side_by_side(lived):
    last = overview.history(lived.context, "returns").windows[-1]

    assert (last.champion.model_version, last.frozen.model_version) == (3, 1)
    assert (last.champion.value > 0.8, last.frozen.value < 0.2) == (True, True)
    assert last.report.version == last.version.number
    assert last.version.state is VersionState.CURRENT


def test_the_versions_of_a_history_stand_oldest_first(lived):
    versions = overview.history(lived.context, "returns").versions

    assert [version.number for version in versions] == [1, 2, 3]
