"""Runs that any Python code logs to, and ends with their block."""

from __future__ import annotations

import itertools
import traceback
import weakref
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from storage.errors import Problem
from storage.records import Metric, MetricPoint, Run, RunState
from storage.store import Transaction
from workbench.engines.processes import say
from workbench.errors import UsageError
from workbench.services import keepsakes, logged, run_starts
from workbench.services.context import Context, open_context
from workbench.services.pulse import ending_of, pulse
from workbench.services.recording import Change, Ending, Recorder

TRACEBACK_ARTIFACT = "traceback.txt"


class ActiveRun:
    """A run to log to, from any thread. Nothing here waits for the disk, save files that are kept.

    What is logged is written within about a second, and when the block or the program ends. A store
    that takes nothing for a while loses nothing and stops no training: it is told on standard
    error, and raised at the end of the block if it has not come back until then.
    """

    def __init__(self, context: Context, run: Run, *, owns: bool) -> None:
        self._context = context
        self._run = run
        self._recorder = Recorder(context.store, run, owns=owns)
        self._known: set[str] = set()
        self._figures = itertools.count(1)
        steps = [one.step for key, one in run.metrics.items() if not key.startswith("system.")]
        self._next = max(steps, default=-1) + 1
        weakref.finalize(self, _abandon, self._recorder).atexit = False
        pulse.add(self._recorder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        ending = ending_of(error)
        if error is not None and ending.state is RunState.FAILED and not self._recorder.is_closed:
            told = "".join(traceback.format_exception(error))
            self._keep(told.encode(errors="replace"), TRACEBACK_ARTIFACT)
        try:
            self._close(ending)
        except Problem as problem:
            if error is None:
                raise
            say(f"workbench: {problem}")  # what ended the block is what its user has to know

    def __reduce__(self) -> tuple[Any, ...]:
        return join, (self._context.project_dir, self.id, self._context.who)

    def __repr__(self) -> str:
        return f"<run {self.label} {self.name} of {self._run.experiment}>"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return self.read()._repr_html_()

    @property
    def id(self) -> int:
        """Its number."""
        return self._run.id

    @property
    def label(self) -> str:
        """How people name it: `r12`."""
        return self._run.label

    @property
    def name(self) -> str:
        """What it was called when it started."""
        return self._run.name

    def read(self) -> Run:
        """The run as it is kept, with all that was logged until now."""
        self.flush()
        with self._context.store.read() as tx:
            return tx.runs.get(self.id)

    def log(
        self, values: Mapping[str, Any] | None = None, /, *, step: int | None = None, **named: Any
    ) -> None:
        """Notes values of metrics at a step.

        Args:
            values: Values by metric, for names that Python does not take: `{"val/auc": 0.7}`.
            step: When; None: the step after the last one that was logged.
            named: Values by metric.

        Raises:
            UsageError: A value is no number, or the run has ended.
        """
        if values:
            named = {**values, **named}
        at = self._next if step is None else step if type(step) is int else logged.step(step)
        if not -logged.LARGEST <= at <= logged.LARGEST:
            at = logged.step(at)
        self._next = at + 1
        for key, value in named.items():
            if type(value) is not float or key not in self._known:
                named = {self._learn(key): logged.number(key, one) for key, one in named.items()}
                break
        recorder = self._recorder
        if recorder.is_closed:
            raise self._over()
        if recorder.add(at, named) or recorder.is_asleep:
            pulse.attend(recorder)

    def log_series(
        self, key: str, values: Iterable[Any], *, steps: Iterable[int] | None = None
    ) -> None:
        """Notes many values of one metric at once.

        Args:
            key: The metric.
            values: Its values in their order.
            steps: The step of each; None: one after the other, from the next one on.

        Raises:
            UsageError: A value is no number, there are not as many steps, or the run has ended.
        """
        name = self._learn(key)
        numbers = [
            value if type(value) is float else logged.number(name, value) for value in values
        ]
        given = range(self._next, self._next + len(numbers)) if steps is None else steps
        known = given if isinstance(given, range) else [logged.step(one) for one in given]
        if len(known) != len(numbers):
            raise UsageError(
                f"There are {len(numbers)} values of {name} and {len(known)} steps.",
                "Give as many of one as of the other.",
            )
        self._check_open()
        self._recorder.add_series(name, known, numbers)
        pulse.attend(self._recorder)
        self._next = max(known, default=self._next - 1) + 1

    def metric_interval(
        self, key: str, value: Any, *, low: Any, high: Any, step: int | None = None
    ) -> None:
        """Notes a value of a metric with the interval it lies in.

        Args:
            key: The metric.
            value: Its value.
            low: Where the interval begins.
            high: Where it ends.
            step: When; None: the step after the last one that was logged.
        """
        name, (one, least, most) = (
            self._learn(key),
            (logged.number(key, x) for x in (value, low, high)),
        )
        at = self._next if step is None else logged.step(step)
        self._next = at + 1
        metric = Metric(key=name, value=one, step=at, low=least, high=most)
        point = MetricPoint(key=name, value=one, step=at, at=self._context.store.now())

        def keep(tx: Transaction) -> None:
            tx.runs.log(self.id, [point])
            tx.runs.set_metrics(self.id, [metric])

        self._change(keep)

    def params(self, **values: Any) -> None:
        """Adds to the params, or changes some."""
        known = logged.params(values)
        self._change(lambda tx: tx.runs.add_params(self.id, known))

    def tag(self, **tags: Any) -> None:
        """Sets tags; None takes one away."""
        known = logged.tags(tags)
        self._change(lambda tx: tx.runs.set_tags(self.id, known))

    def note(self, text: str) -> None:
        """Writes a line below what is noted already."""
        known = logged.text(text)
        self._change(lambda tx: tx.runs.add_note(self.id, known))

    def artifact(
        self, *paths: str | Path | Mapping[str, Any], **contents: bytes | str | Path
    ) -> None:
        """Keeps files; one of the same name replaces the earlier one.

        Args:
            paths: Files and folders, which keep their names; or the contents by name, for names that
                Python does not take: `{"plots/roc.png": content}`.
            contents: Bytes, text, or the path of a file, by name.

        Raises:
            UsageError: There is no such file, or a name leads out of the run.
        """
        for path in paths:
            if isinstance(path, Mapping):
                for name, content in path.items():
                    self._keep(content, name)
            else:
                self._keep(Path(path))
        for name, content in contents.items():
            self._keep(content, name)

    def figure(self, figure: Any, name: str | None = None) -> None:
        """Keeps a figure: as a picture, or as a page if it cannot be one.

        Args:
            figure: Of matplotlib, plotly, or anything else with `savefig` or `write_html`.
            name: Its name, with the ending of a format or without; None: figure-1 and so on.
        """
        called = keepsakes.checked_name(name or f"figure-{next(self._figures)}")
        for path, content in keepsakes.drawn(figure, called, self._context.store.blobs).items():
            self._keep(content, path)

    def child(
        self,
        name: str | None = None,
        *,
        params: Mapping[str, Any] | None = None,
        data: str | None = None,
        tags: Mapping[str, Any] | None = None,
    ) -> ActiveRun:
        """Starts a run below this one: a fold, a trial, a stage.

        Args:
            name: What it is called; None: as this one.
            params: Its params.
            data: A dataset version; None: that of this run.
            tags: Its tags.
        """
        version = data
        if data is None and self._run.dataset is not None:
            version = f"{self._run.dataset}@v{self._run.version}"
        child = run_starts.start(
            self._context,
            self._run.experiment,
            params=params,
            name=name or self.name,
            data=version,
            tags=tags,
            parent=self.id,
        )
        return ActiveRun(self._context, child, owns=True)

    def flush(self) -> bool:
        """Writes what was logged until now; False when the store takes nothing at the moment."""
        return self._recorder.flush()

    def finish(self) -> None:
        """Ends the run as finished; for code without a block."""
        self._close(Ending(state=RunState.FINISHED))

    def fail(self, reason: str) -> None:
        """Ends the run as failed; for code without a block."""
        self._close(Ending(state=RunState.FAILED, error=logged.text(reason)))

    def _close(self, ending: Ending) -> None:
        pulse.remove(self._recorder)
        self._recorder.close(ending)

    def _change(self, entry: Change) -> None:
        self._check_open()
        self._recorder.change(entry)
        pulse.attend(self._recorder)

    def _check_open(self) -> None:
        if self._recorder.is_closed:
            raise self._over()

    def _over(self) -> UsageError:
        return UsageError(
            f"{self.label} has ended here, and takes nothing more.",
            f"Go on with it: `with w.resume('{self.label}') as run:`.",
        )

    def _learn(self, key: str) -> str:
        self._known.add(logged.name("metric", key))
        return key

    def _keep(self, content: object, name: str | None = None) -> None:
        self._check_open()
        for called, one in keepsakes.given(content, name):
            self._recorder.keep(called, one)
        pulse.attend(self._recorder)


def join(project: Path, run_id: int, who: str) -> ActiveRun:
    """A run that came to this process from another one, which ends it."""
    context = _opened(project, who)
    with context.store.read() as tx:
        run = tx.runs.get(run_id)
    return ActiveRun(context, run, owns=False)


@lru_cache
def _opened(project: Path, who: str) -> Context:
    return open_context(project, who=who)


def _abandon(recorder: Recorder) -> None:
    """Nobody can log to the run any more. The thread ends it: this may stand anywhere, in a lock too."""
    recorder.is_abandoned = True
