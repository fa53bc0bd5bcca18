from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.records import Event
from storage.store import Store
from tests.worker.waiting import eventually, family, lives
from workbench import supervisor
from workbench.engines import wishes
from workbench.engines.instance import InstanceFacts, hold, look
from workbench.errors import AlreadyRunning, ConfigInvalid
from workbench.supervisor import service
from workbench.supervisor.service import Keeper, Service, services_of

SERVICE = """
import signal, sys, time
from pathlib import Path
from workbench.engines.instance import end_with_supervisor, hold
if "stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
end_with_supervisor()
held = hold(Path(sys.argv[1]))
print("here", flush=True)
time.sleep(600)
"""

SUPERVISOR = """
import sys
from pathlib import Path
from workbench.supervisor import run
from workbench.supervisor.service import Service
project, code, *stubborn = sys.argv[1:]
locks = Path(project) / ".workbench" / "locks"
sections = {"one": ("serve",), "two": ()}
sys.exit(run(Path(project), services=[
    Service(name=name, sections=read_once,
            command=(sys.executable, "-c", code, str(locks / f"{name}.lock"), *stubborn))
    for name, read_once in sections.items()
]))
"""

CONFIG = '[project]\nname = "test"\n'
REPOSITORY = Path(__file__).parents[1]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "workbench.toml").write_text(CONFIG, encoding="utf-8")
    Store.create(tmp_path, program="test").close()
    return tmp_path


@pytest.fixture
def up(project: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a supervisor of two services, `one` and `two`, and waits until both run."""
    started = []

    def start(*options: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", SUPERVISOR, str(project), SERVICE, *options]
        running = subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True)
        started.append(running)
        for name in ("one", "two"):
            eventually(lambda name=name: facts(project, name))
        return running

    yield start
    for running in started:
        running.kill()
        running.communicate()


def facts(project: Path, name: str) -> InstanceFacts | None:
    return look(project / ".workbench" / "locks" / f"{name}.lock")


def pid(project: Path, name: str) -> int:
    found = facts(project, name)
    assert found is not None
    return found.pid


def events(project: Path) -> list[Event]:
    store = Store.open(project, program="test")
    with store.read() as tx:
        found = list(tx.events.newest())
    store.close()
    return found


@pytest.mark.slow
def test_a_service_that_is_killed_is_started_again_and_counted(project: Path, up):
    up()
    killed, other = pid(project, "one"), pid(project, "two")
    os.kill(killed, signal.SIGKILL)

    eventually(lambda: (found := facts(project, "one")) and found.pid != killed)
    assert pid(project, "two") == other
    published = facts(project, "up")
    assert published is not None
    assert published.more["restarts"] == {"one": 1, "two": 0}
    assert published.more["pids"] == {"one": pid(project, "one"), "two": other}


@pytest.mark.slow
def test_a_supervisor_that_is_told_to_stop_leaves_nobody_behind(project: Path, up):
    running = up()
    everybody = family(running.pid)

    assert supervisor.stop(project) is True
    assert running.wait() == 0
    assert len(everybody) == 3
    assert not any(map(lives, everybody))
    assert facts(project, "one") is None


@pytest.mark.slow
def test_a_service_that_does_not_end_is_killed(up):
    running = up("stubborn")
    everybody = family(running.pid)
    running.terminate()
    running.terminate()

    assert running.wait() == 0
    assert not any(map(lives, everybody))


@pytest.mark.slow
def test_services_end_with_a_supervisor_that_is_killed(up):
    running = up()
    everybody = family(running.pid)
    running.kill()
    running.wait()

    eventually(lambda: not any(map(lives, everybody)))


@pytest.mark.slow
def test_only_services_that_cannot_read_again_restart_when_their_section_changes(project: Path, up):
    up()
    before, other = pid(project, "one"), pid(project, "two")
    (project / "workbench.toml").write_text(f"{CONFIG}[serve]\nport = 1\n", encoding="utf-8")

    eventually(lambda: (found := facts(project, "one")) and found.pid != before)
    assert pid(project, "two") == other
    assert [event.kind for event in events(project)] == ["config.read"]


@pytest.mark.slow
def test_a_service_that_is_switched_off_stays_down_until_it_is_wanted_again(project: Path, up):
    up()
    before, other = pid(project, "one"), pid(project, "two")
    locks = project / ".workbench" / "locks"
    wishes.switch_off(locks, "one")
    eventually(lambda: facts(project, "up").more["pids"]["one"] is None)
    wishes.switch_on(locks, "one")
    eventually(lambda: facts(project, "one"))

    assert pid(project, "one") != before
    assert pid(project, "two") == other
    assert facts(project, "up").more["restarts"] == {"one": 0, "two": 0}


@pytest.mark.slow
def test_an_invalid_configuration_is_reported_and_the_valid_one_stays(project: Path, up):
    up()
    before = pid(project, "one")
    (project / "workbench.toml").write_text(f"{CONFIG}[serve]\nport = -1\n", encoding="utf-8")
    eventually(lambda: events(project))
    (project / "workbench.toml").write_text(CONFIG, encoding="utf-8")
    eventually(lambda: len(events(project)) == 2)

    read, invalid = events(project)
    assert (read.kind, invalid.kind, invalid.severity) == ("config.read", "config.invalid", "error")
    assert "port" in invalid.message
    assert pid(project, "one") == before


def test_a_project_with_a_mistake_in_its_configuration_is_not_started(project: Path):
    (project / "workbench.toml").write_text("[project]\n", encoding="utf-8")
    with pytest.raises(ConfigInvalid):
        supervisor.run(project, services=[])


def test_a_project_has_one_supervisor(project: Path):
    lock = project / ".workbench" / "locks" / "up.lock"
    with hold(lock):
        with pytest.raises(AlreadyRunning):
            supervisor.run(project, services=[])
        with pytest.raises(AlreadyRunning):
            supervisor.start(project)


def test_nothing_is_stopped_where_nothing_runs(project: Path):
    assert supervisor.stop(project) is False


def test_the_services_are_this_program(project: Path):
    services = services_of(project)

    assert [one.name for one in services] == ["worker", "watch", "serve"]
    assert services[0].command == (sys.executable, "-m", "workbench", "-C", str(project), "worker")


def test_a_service_that_dies_at_once_is_started_ever_more_rarely(tmp_path: Path):
    keeper = Keeper(
        Service(name="one", command=(sys.executable, "-c", "raise SystemExit(3)")), tmp_path
    )
    said = []
    while len(said) < 4:
        sentence = keeper.tend()
        if sentence and "ended" in sentence:
            said.append(sentence)

    assert said[0] == "one ended with exit code 3; it starts again in 0.2 s."
    assert [sentence.split()[-2] for sentence in said] == ["0.2", "0.4", "0.8", "1.6"]
    assert keeper.restarts == 3


def test_a_log_that_has_grown_too_long_is_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(service, "MAX_LOG_BYTES", 10)
    log = tmp_path / "one.log"
    keeper = Keeper(Service(name="one", command=()), tmp_path)
    keeper.rotate_log()
    log.write_text("long enough", encoding="utf-8")
    keeper.rotate_log()

    assert log.read_text(encoding="utf-8") == ""
    assert (tmp_path / "one.log.1").read_text(encoding="utf-8") == "long enough"


@pytest.mark.slow
def test_the_whole_program_comes_up_heals_and_goes_down(project: Path):
    (project / "workbench.toml").write_text(f"{CONFIG}[serve]\nport = 0\n", encoding="utf-8")
    supervisor.start(project)
    everybody = family(pid(project, "up"))
    before = {name: pid(project, name) for name in ("worker", "watch", "serve")}
    for one in before.values():
        os.kill(one, signal.SIGKILL)
    for name, old in before.items():
        eventually(lambda name=name, old=old: (now := facts(project, name)) and now.pid != old)
    everybody |= family(pid(project, "up"))
    supervisor.stop(project)

    assert set(before.values()) < everybody
    eventually(lambda: not any(map(lives, everybody)))
