"""What follows what, and when a model is retrained: one table and one rule, both pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.records import CycleState, NewJob
from workbench.config import RetrainConfig
from workbench.core import compaction, metrics, words

REARM = 0.7
"""Share of a limit below which a statistic that was over it counts as calm again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """Files became a pending version."""

    dataset: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A version passed its checks; these models have a champion that feeds on its dataset."""

    dataset: str
    version: int
    models: tuple[str, ...]
    fragments: int = 0
    """How many small files the dataset's rows lie in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """The retraining policy fired: a cycle is open."""

    cycle: int
    model: str
    experiment: str
    recipe: str
    dataset: str
    version: int
    """Its added rows judge the challenger."""
    train_version: int
    """The version before it, which the challenger trains on."""
    train_start: datetime | None
    train_end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A run of a retraining cycle finished."""

    cycle: int
    model: str
    run: int
    holdout: int
    """Version whose added rows judge the challenger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A challenger of a retraining cycle was registered."""

    cycle: int
    model: str
    number: int
    holdout: int


Outcome = Ingested | Accepted | Fired | Trained | Registered


def after(outcome: Outcome, *, cause: int | None = None) -> tuple[NewJob, ...]:
    """The jobs that follow from what a step concluded.

    Args:
        outcome: What was concluded.
        cause: Id of the job that concluded it.
    """
    match outcome:
        case Ingested(dataset=dataset, version=version):
            label = f"{dataset}@v{version}"
            arguments = {"dataset": dataset, "version": version}
            return (_job("check", label, arguments, key=label, priority=20, cause=cause),)
        case Accepted(dataset=dataset, version=version, models=models, fragments=fragments):
            label = f"{dataset}@v{version}"
            compact = _job(
                "compact", dataset, {"dataset": dataset}, key=dataset, priority=-10, cause=cause
            )
            drift = tuple(
                _job(
                    "drift",
                    f"{label} against {model}",
                    {"dataset": dataset, "version": version, "model": model},
                    key=f"{label} {model}",
                    priority=10,
                    cause=cause,
                )
                for model in models
            )
            return (*drift, compact) if fragments >= compaction.MANY else drift
        case Fired():
            return (_train(outcome, cause),)
        case Trained(cycle=cycle, model=model, run=run, holdout=holdout):
            arguments = {"run": run, "model": model, "cycle": cycle, "holdout": holdout}
            return (_job("register", f"r{run} as {model}", arguments, key=f"r{run}", cause=cause),)
        case Registered(cycle=cycle, model=model, number=number, holdout=holdout):
            label = f"{model}@v{number}"
            arguments = {"model": model, "number": number, "cycle": cycle, "holdout": holdout}
            return (_job("gate", label, arguments, key=label, cause=cause),)


def _train(fired: Fired, cause: int | None) -> NewJob:
    arguments = {
        "experiment": fired.experiment,
        "recipe": fired.recipe,
        "version": fired.version,
        "train_version": fired.train_version,
        "train_start": fired.train_start and fired.train_start.isoformat(),
        "train_end": fired.train_end and fired.train_end.isoformat(),
        "model": fired.model,
        "cycle": fired.cycle,
    }
    subject = f"{fired.experiment} {fired.recipe} on {fired.dataset}@v{fired.version}"
    return _job("train", subject, arguments, key=f"cycle {fired.cycle}", cause=cause)


def _job(
    kind: str,
    subject: str,
    arguments: dict[str, object],
    *,
    key: str,
    priority: int = 0,
    cause: int | None,
) -> NewJob:
    return NewJob(
        kind=kind,
        subject=subject,
        arguments=arguments,
        dedup_key=f"{kind} {key}",
        priority=priority,
        cause=cause,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What one window of new rows said of the champion that was serving then."""

    time: datetime
    """Policy time: the end of the window's event time, else when it came."""
    rows: int
    """Labelled ones: what a challenger could be judged on."""
    drifted: tuple[str, ...] = ()
    drift_ratio: float = 0.0
    """Largest effect of a significant column as a share of its limit; 1 or more is over."""
    metric: str = ""
    value: float | None = None
    """Realised performance; None when there is none."""
    drop: float | None = None
    """How much worse than at registration, in the direction in which larger is worse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCycle:
    """A retraining cycle that lies behind."""

    time: datetime
    state: CycleState


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether to retrain, and why or why not."""

    fires: bool
    reason: str


def decide(
    windows: Sequence[Window],
    cycles: Sequence[PastCycle],
    rules: RetrainConfig,
    *,
    training_rows: int,
) -> Decision:
    """Whether a challenger is to be trained now.

    A statistic is over from its limit on and stays over until it falls below 0.7 of it; it fires
    when it is over in k of the last n windows, the newest one included.

    Args:
        windows: Windows the present champion has seen, oldest first; the last one is new.
        cycles: The model's cycles, oldest first.
        rules: When to fire.
        training_rows: Rows the champion was trained on.
    """
    if not rules.on:
        return Decision(fires=False, reason="no retraining is asked for")
    if any(cycle.state is CycleState.OPEN for cycle in cycles):
        return Decision(fires=False, reason="a retraining cycle is open already")
    over = _what_is_over(windows, rules)
    if over is None:
        return Decision(fires=False, reason=_calm(windows, rules))
    waiting = _cooldown(windows[-1].time, cycles, rules)
    if waiting is not None:
        return Decision(fires=False, reason=f"{over}, but {waiting}")
    rows = sum(window.rows for window in windows if not cycles or window.time > cycles[-1].time)
    needed = max(rules.min_rows, training_rows // 10)
    if rows < needed:
        reason = f"{over}, but only {rows} of {needed} new labelled rows have come"
        return Decision(fires=False, reason=reason)
    return Decision(fires=True, reason=over)


def _what_is_over(windows: Sequence[Window], rules: RetrainConfig) -> str | None:
    needed, of = rules.windows
    newest = windows[-1]
    found = []
    if "performance" in rules.on and _fires([_drop_ratio(one, rules) for one in windows], rules):
        found.append(
            f"{newest.metric} {_moved(newest)} to {newest.value:.3f} (limit {rules.max_drop:g})"
        )
    if "drift" in rules.on and _fires([window.drift_ratio for window in windows], rules):
        found.append(f"drift of {_named(newest.drifted)}")
    if not found:
        return None
    often = "" if (needed, of) == (1, 1) else f" in {needed} of {of} windows"
    return " and ".join(found) + often


def _fires(ratios: Sequence[float], rules: RetrainConfig) -> bool:
    needed, of = rules.windows
    states = over(ratios)[-of:]
    return states[-1] and ratios[-1] >= 1.0 and sum(states) >= needed


def over(ratios: Sequence[float]) -> list[bool]:
    """Whether each statistic is over its limit; once over, it stays so until below 0.7 of it."""
    states: list[bool] = []
    for ratio in ratios:
        was_over = bool(states) and states[-1]
        states.append(ratio >= 1.0 or (was_over and ratio >= REARM))
    return states


def _drop_ratio(window: Window, rules: RetrainConfig) -> float:
    if window.drop is None:
        return 0.0
    return window.drop / rules.max_drop if rules.max_drop > 0 else float(window.drop > 0)


def _moved(window: Window) -> str:
    """`fell by 0.031`: an error that became worse rose, any other metric fell."""
    drop = window.drop or 0.0
    has_fallen = (drop >= 0) is metrics.larger_is_better(window.metric)
    return f"{'fell' if has_fallen else 'rose'} by {abs(drop):.3f}"


def _calm(windows: Sequence[Window], rules: RetrainConfig) -> str:
    newest = windows[-1]
    parts = []
    if "performance" in rules.on and newest.drop is not None:
        parts.append(f"{newest.metric} {_moved(newest)} (limit {rules.max_drop:g})")
    if "drift" in rules.on:
        parts.append(f"drift of {_named(newest.drifted)}" if newest.drifted else "no drift")
    return ", ".join(parts) + ": no action"


def _cooldown(now: datetime, cycles: Sequence[PastCycle], rules: RetrainConfig) -> str | None:
    if not cycles:
        return None
    wait = cooldown(cycles, rules)
    ends = cycles[-1].time + wait
    return None if now >= ends else f"the cool-down of {_words(wait)} ends {ends:%Y-%m-%d %H:%M}"


def cooldown(cycles: Sequence[PastCycle], rules: RetrainConfig) -> timedelta:
    """How long after the last cycle nothing fires; doubled for each rejection in a row."""
    longest = max(rules.max_cooldown, rules.cooldown)
    wait = rules.cooldown
    for cycle in reversed(cycles):
        if cycle.state is not CycleState.REJECTED or wait >= longest:
            break
        wait *= 2
    return min(wait, longest)


def _named(columns: Sequence[str]) -> str:
    """A ratio may be over its limit by a column whose drift is not significant: no column is named then."""
    return words.listed(columns, most=4) or "no column"


def _words(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours:g} h" if hours < 48 else f"{hours / 24:g} days"
