"""The demo from beginning to end; every step is done by the product's own services."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from storage.records import CHAMPION, Run, Version
from workbench import supervisor
from workbench.api import Workbench
from workbench.api import open as open_workbench
from workbench.core import words
from workbench.demo import project, results
from workbench.demo.narrator import Narrator, name_of
from workbench.demo.results import Month, Result
from workbench.demo.traffic import Background, Client, Months, Tally, batches
from workbench.demo.waiting import Waiting
from workbench.errors import WorkbenchError
from workbench.report import history as report

DATASET = "flights"
MODEL = "late"
RECIPES = ("linear", "boosted")
FIRST_MONTHS = 3


def run(folder: Path, *, headless: bool, as_json: bool, fresh: bool) -> int:
    """Runs the demo; see `workbench.demo.run`."""
    began = time.monotonic()
    home = project.make(folder, fresh=fresh)
    steps = FIRST_MONTHS + len(RECIPES) + 1 + len(project.months()) - FIRST_MONTHS
    with Narrator(to_stderr=as_json, steps=steps) as narrator:
        narrator.say(f"A project in {home}. Follow it from another terminal: workbench -C {folder}")
        supervisor.start(home)
        try:
            with open_workbench(home) as workbench:
                result = _Story(workbench, narrator).tell(began)
        except BaseException:
            supervisor.stop(home)
            raise
    opens_ui = not headless and not as_json and sys.stdout.isatty()
    try:
        if opens_ui:
            from workbench.tui.app import run as run_ui  # noqa: PLC0415 - only where somebody looks

            run_ui(home)
    finally:
        supervisor.stop(home)
    print(_farewell(folder), file=sys.stderr)
    if as_json:
        print(msgspec.json.encode(asdict(result)).decode())
    return 0


def _farewell(folder: Path) -> str:
    return (
        f"The services are stopped; `workbench -C {folder} up` starts them again, and "
        f"`workbench -C {folder}` opens the terminal UI."
    )


class _Story:
    def __init__(self, workbench: Workbench, narrator: Narrator) -> None:
        self._workbench = workbench
        self._narrator = narrator
        self._waiting = Waiting(workbench, narrator.job)
        self._tallies: list[Tally] = []

    def tell(self, began: float) -> Result:
        """All steps in their order."""
        months = project.months()
        for month, file in months[:FIRST_MONTHS]:
            self._first_month(month, file)
        best = self._train()
        self._serve(best)
        lived: list[Month] = []
        with ExitStack() as stack:
            reader = stack.enter_context(Months())
            for month, file in months[FIRST_MONTHS:]:
                lived.append(self._live(month, file, reader))
                self._narrator.step_done()
        return self._end(lived, began)

    def _first_month(self, month: str, file: Path) -> None:
        self._narrator.stage(f"{name_of(month)} arrives in the inbox")
        number = self._versions() + 1
        project.drop(self._workbench.project_dir, file)
        version = self._waiting.for_version(DATASET, number)
        passed = self._workbench.check_results(version)
        self._narrator.say(
            f"{name_of(month)}  {file.name} became {version.label}: {words.count(version.rows_added)} "
            f"rows, {sum(one.passed for one in passed)} of {len(passed)} checks passed"
        )
        self._narrator.step_done()

    def _train(self) -> Run:
        self._narrator.stage("training two recipes, each in a process of its own")
        queued = [self._workbench.train("late", recipe=recipe) for recipe in RECIPES]
        runs = []
        for job in queued:
            ended = self._waiting.for_job(job)
            runs.append(self._workbench.get_run(int((ended.result or {})["run"])))
            self._narrator.step_done()
        best = max(runs, key=lambda run: run.metrics["roc_auc"].value)
        self._narrator.say("Trained on January and February, judged on March:")
        self._narrator.runs(runs, best)
        return best

    def _serve(self, best: Run) -> None:
        self._narrator.stage(f"registering {best.label}: ONNX export, parity on real rows")
        self._waiting.for_job(self._workbench.register(best.id, model=MODEL))
        version = self._workbench.model_version(f"{MODEL}@v1")
        why = f"{best.recipe} has the best ROC AUC on March"
        self._workbench.promote(MODEL, version.number, expected=None, why=why)
        parity = version.parity
        largest = words.number(parity.max_abs_diff, digits=2)
        self._narrator.say(
            f"{version.label} has its proof (largest difference {largest}, "
            f"{parity.flips} flips on {words.count(parity.rows)} rows) and is champion"
        )
        self._waiting.until(lambda: self._endpoint() is not None, "the endpoint")
        self._narrator.step_done()

    def _live(self, month: str, file: Path, reader: Months) -> Month:
        self._narrator.stage(f"{name_of(month)}: asking the endpoint about every flight")
        champion = self._workbench.model_version(f"{MODEL}@{CHAMPION}")
        signature = champion.signature
        rows = reader.read(file, [*signature.names, *signature.key])
        client = self._client()
        # A swap of the month before is over by now; only the very first version may still be loading.
        self._waiting.until(
            lambda: client.is_served(champion.number), f"the endpoint to serve {champion.label}"
        )
        for batch in batches(rows):
            client.ask(batch, with_key=True)
        client.close()
        self._narrator.stage(f"{name_of(month)}: the file with the labels arrives")
        asking = self._client()
        latest: list[int] = [champion.number]
        with Background(asking, rows, latest.append):
            version = self._drop_and_wait(file)
            was_promoted = self._waiting.for_decision(MODEL, version)
            if was_promoted:
                self._narrator.stage(f"{name_of(month)}: the endpoint swaps to the new champion")
                number = self._workbench.model_version(f"{MODEL}@{CHAMPION}").number
                self._waiting.until(lambda: latest[-1] == number, f"answers of v{number}")
        asking.close()
        window = self._workbench.history(MODEL).windows[-1]
        lived = results.month_of(window, month=month)
        self._narrator.month(lived)
        return lived

    def _drop_and_wait(self, file: Path) -> Version:
        number = self._versions() + 1
        project.drop(self._workbench.project_dir, file)
        return self._waiting.for_version(DATASET, number)

    def _end(self, lived: Sequence[Month], began: float) -> Result:
        history = self._workbench.history(MODEL)
        path = self._workbench.project_dir / project.REPORT
        page = report.html(
            history, made_at=datetime.now(UTC), project=self._workbench.config.project
        )
        path.write_text(page, encoding="utf-8")
        result = Result(
            months=tuple(lived),
            requests=results.requests_of(self._tallies),
            parity=results.proof_of(history),
            seconds=round(time.monotonic() - began, 1),
            report=str(path),
        )
        self._narrator.end(result, history)
        return result

    def _client(self) -> Client:
        address = self._endpoint()
        if address is None:
            raise WorkbenchError(
                "The endpoint is not running.",
                f"Read {self._workbench.project_dir / '.workbench' / 'logs' / 'serve.log'}.",
            )
        signature = self._workbench.model_version(f"{MODEL}@{CHAMPION}").signature
        client = Client(address, MODEL, signature)
        self._tallies.append(client.tally)
        return client

    def _endpoint(self) -> str | None:
        services = self._workbench.services()
        return next((one.address for one in services if one.name == "serve"), None)

    def _versions(self) -> int:
        return sum(
            one.versions for one in self._workbench.datasets() if one.dataset.name == DATASET
        )
