"""What is wrong with an endpoint, and since when."""

from __future__ import annotations

import shutil

import pytest

from storage.layout import Layout
from tests.services.observed import parts_in
from workbench.config import ServeConfig
from workbench.services import health
from workbench.services.access import AccessLog
from workbench.services.health import RECENT_US, Health
from workbench.services.keyring import KeyRing
from workbench.services.routes import Routes

GB = 1024**3
NOW = 1_764_000_000_000_000


@pytest.fixture
def layout(tmp_path):
    """Where the project lies."""
    made = Layout(tmp_path)
    made.create()
    return made


@pytest.fixture
def parts(layout):
    """The parts of an endpoint at which only the models are missing."""
    return parts_in(layout)


@pytest.fixture
def look(parts, layout):
    """What is wrong at a moment, by kind, with the time since when; missing models aside."""
    looking = Health(parts, ServeConfig(max_waiting=100), layout.root)

    def at(after_us=0, **more):
        found = looking.look(NOW + after_us, **more)
        return {one.kind: one.since - NOW for one in found if one.kind != "unready"}

    return at


def test_nothing_is_wrong_with_a_sound_endpoint(look):
    assert look() == {}


def test_models_that_are_not_there_are_told(layout):
    looking = Health(parts_in(layout, routes=Routes()), ServeConfig(), layout.root)

    assert [one.text for one in looking.look(NOW)] == ["The models are being loaded."]


def test_a_problem_is_told_with_the_time_since_when_it_has_been_one(parts, look):
    parts.figures.waiting = 60
    look(5)
    later = look(1_000_000)
    parts.figures.waiting = 0
    look(2_000_000)
    parts.figures.waiting = 60

    assert later == {"waiting": 5}
    assert look(3_000_000) == {"waiting": 3_000_000}


@pytest.mark.parametrize(
    ("kind", "status"), [("busy", 429), ("failed", 500)], ids=["turned away", "failed"]
)
def test_what_happened_counts_for_a_minute(parts, look, kind, status):
    look()
    parts.figures.refused("late", 7, status, NOW)

    assert look(1) == {kind: 1}
    assert look(RECENT_US) == {kind: 1}
    assert look(RECENT_US + 1) == {}


def test_a_mistake_of_a_caller_is_no_problem_of_the_endpoint(parts, look):
    parts.figures.refused("late", 7, 400, NOW)

    assert look() == {}


def test_shadows_that_fail_are_told(parts, look):
    parts.figures.shadow_failed("late", 8, 3)

    assert look() == {"shadows": 0}


def test_a_log_that_is_off_is_told(parts, look):
    parts.predictions.close()

    assert look() == {"log": 0}


def test_an_access_log_that_is_off_is_told(parts, look, layout):
    parts.access = AccessLog(layout.logs / "access")
    assert look() == {}
    parts.access.close()

    assert look(1) == {"access": 1}


def test_an_endpoint_whose_last_key_was_revoked_says_so(parts, look):
    parts.keys = KeyRing((), is_locked=True)

    assert look() == {"keys": 0}


def test_figures_that_cannot_be_written_are_told(look):
    assert look(unwritten="No space left on device") == {"figures": 0}


def test_a_disk_that_cannot_be_looked_at_is_told(parts, layout):
    gone = layout.root / "gone"
    gone.mkdir()
    looking = Health(parts, ServeConfig(), gone)
    shutil.rmtree(gone)

    assert "disk" in [one.kind for one in looking.look(NOW)]


@pytest.mark.parametrize(
    ("total", "free", "is_told"),
    [
        (4_000 * GB, 1 * GB, False),
        (4_000 * GB, GB // 4, True),
        (10 * GB, GB // 4, True),
        (10 * GB, 2 * GB // 5, False),
    ],
    ids=["large, enough", "large, little", "small, little", "small, enough"],
)
def test_a_disk_that_is_nearly_full_is_told(look, monkeypatch, total, free, is_told):
    usage = shutil._ntuple_diskusage(total, total - free, free)
    monkeypatch.setattr(health.shutil, "disk_usage", lambda _folder: usage)

    assert ("disk" in look()) is is_told
