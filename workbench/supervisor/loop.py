"""The supervisor's loop: tend every service, follow workbench.toml, end all when told to."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import workbench
from storage.records import NewEvent, Severity
from storage.store import Store
from workbench.config import Config
from workbench.engines import wishes
from workbench.engines.instance import Instance, hold, name_process
from workbench.engines.processes import say, stopped_by_signals
from workbench.services import settings
from workbench.services.settings import Settings
from workbench.supervisor.service import Keeper, Service, services_of

PAUSE_S = 0.1
LOOK_S = 0.5
ROTATE_S = 30.0


def run(project_dir: Path, *, services: Sequence[Service] | None = None) -> int:
    """Keeps the services of a project running until it is told to stop by SIGTERM or SIGINT.

    Must be called from the main thread, with which the services end.

    Args:
        project_dir: The project's folder.
        services: What to run; None: worker, watcher and endpoint.

    Returns:
        The exit code, 0.

    Raises:
        StoreMissing: There is no project.
        ConfigInvalid: workbench.toml has mistakes.
        AlreadyRunning: The project has a supervisor.
    """
    name_process("wb-up")
    store = Store.open(project_dir, program=workbench.__version__)
    try:
        layout = store.layout
        # Whoever starts the project is there to mend it; only later the last valid text goes on.
        settings.read(layout.config)
        with hold(layout.locks / "up.lock") as instance:
            chosen = services_of(layout.project) if services is None else services
            for service in chosen:
                wishes.switch_on(layout.locks, service.name)
            supervisor = Supervisor(store, Settings.open(layout), instance, chosen)
            with stopped_by_signals(supervisor.stop):
                supervisor.work()
    finally:
        store.close()
    return 0


class Supervisor:
    """The parent of all services of one project."""

    def __init__(
        self, store: Store, settings: Settings, instance: Instance, services: Sequence[Service]
    ) -> None:
        self._store = store
        self._settings = settings
        self._in_force = settings.current
        self._instance = instance
        self._keepers = [Keeper(service, store.layout.logs) for service in services]
        self._stop_signals = 0
        self._look_at = 0.0
        self._rotate_at = 0.0

    def stop(self) -> None:
        """Ends all services; a second call does not wait for them."""
        self._stop_signals += 1

    def work(self) -> None:
        """Keeps the services running until it is stopped."""
        try:
            while not self._stop_signals:
                self._tend()
                self._follow_settings()
                self._rotate_logs()
                time.sleep(PAUSE_S)
        finally:
            self._end_all()

    def _tend(self) -> None:
        locks = self._store.layout.locks
        for keeper in self._keepers:
            keeper.is_wanted = not wishes.is_off(locks, keeper.service.name)
        happened = [sentence for keeper in self._keepers if (sentence := keeper.tend())]
        if happened:
            say("\n".join(happened))
            self._publish()

    def _publish(self) -> None:
        self._instance.publish(
            pids={keeper.service.name: keeper.pid for keeper in self._keepers},
            restarts={keeper.service.name: keeper.restarts for keeper in self._keepers},
        )

    def _follow_settings(self) -> None:
        if time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + LOOK_S
        if not self._settings.refresh():
            return
        if self._settings.problem is None:
            self._adopt(self._settings.current)
        else:
            self._refuse(str(self._settings.problem))

    def _adopt(self, new: Config) -> None:
        before, self._in_force = self._in_force, new
        affected = [
            keeper
            for keeper in self._keepers
            if any(getattr(before, one) != getattr(new, one) for one in keeper.service.sections)
        ]
        for keeper in affected:
            keeper.restart()
        names = ", ".join(keeper.service.name for keeper in affected)
        then = f" {names} starts again." if affected else ""
        self._report("config.read", f"workbench.toml was read again.{then}", Severity.INFO)

    def _refuse(self, problem: str) -> None:
        message = f"{problem}\nUntil then the last valid workbench.toml stays in force."
        self._report("config.invalid", message, Severity.ERROR)

    def _report(self, kind: str, message: str, severity: Severity) -> None:
        say(message)
        with self._store.write() as tx:
            tx.events.add(
                NewEvent(kind=kind, subject="workbench.toml", message=message, severity=severity)
            )

    def _rotate_logs(self) -> None:
        if time.monotonic() >= self._rotate_at:
            self._rotate_at = time.monotonic() + ROTATE_S
            for keeper in self._keepers:
                keeper.rotate_log()

    def _end_all(self) -> None:
        for keeper in self._keepers:
            keeper.ask_to_end()
        alive = self._keepers
        while alive := [keeper for keeper in alive if not keeper.has_ended()]:
            if self._stop_signals > 1:
                for keeper in alive:
                    keeper.hurry()
            time.sleep(PAUSE_S / 2)
        self._publish()
