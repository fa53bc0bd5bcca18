"""What differs between runs in how they were made, by the area in which it differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from storage.records import Run, Scalar
from storage.records.run_comparison import Area, ComparedMetric, Difference
from workbench.core import words
from workbench.core.metric_order import in_order

AREAS: tuple[Area, ...] = ("data", "split", "code", "params", "seed", "environment")
"""The order in which people want to know."""
_COMMIT = "git."
_MOMENTARY = ("pid", "host")
"""What an environment says that makes no difference to a model."""


def differences(runs: Sequence[Run]) -> tuple[Difference, ...]:
    """What is not the same in all runs: data first, environment last; by name within an area."""
    found = [one for area in AREAS for one in _of_area(area, runs)]
    if not _explained(found) and _vary([run.source_hash for run in runs]):
        # The recipe's text is part of the hash, and nothing else of it differs.
        hashes = tuple(run.source_hash[:12] for run in runs)
        found.append(Difference(area="code", name="source", values=hashes))
    return tuple(sorted(found, key=lambda one: AREAS.index(one.area)))


def metrics_of(runs: Sequence[Run]) -> tuple[ComparedMetric, ...]:
    """Every metric that any of the runs has, those people look at first before the others."""
    names = in_order(dict.fromkeys(key for run in runs for key in run.metrics))
    return tuple(
        ComparedMetric(key=key, metrics=tuple(run.metrics.get(key) for run in runs))
        for key in names
    )


def _explained(found: Sequence[Difference]) -> bool:
    """Whether something that is part of the source hash differs already."""
    return any(one.area in {"code", "params"} for one in found)


def _of_area(area: Area, runs: Sequence[Run]) -> Iterator[Difference]:
    each = [_FACTS[area](run) for run in runs]
    names = dict.fromkeys(name for facts in each for name in facts)
    for name in sorted(names):
        values = tuple(facts.get(name) for facts in each)
        if _vary(values):
            yield Difference(area=area, name=name, values=values)


def _vary(values: Sequence[Scalar]) -> bool:
    """Whether not all values are the same; NaN is itself, and 1 is not True."""
    return len({(type(value) is bool, str(value)) for value in values}) > 1 and not (
        all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
        and len(set(values)) == 1
    )


def _data(run: Run) -> dict[str, Scalar]:
    label = words.versioned(run.dataset, run.version)
    facts: dict[str, Scalar] = {"version": None if label == words.NOTHING else label}
    if run.train and run.train != label:
        facts["trained on"] = run.train
    return facts


def _split(run: Run) -> dict[str, Scalar]:
    return {"tested on": run.test} if run.test else {}


def _code(run: Run) -> dict[str, Scalar]:
    made: dict[str, Scalar] = {"model": run.model, "recipe": run.recipe}
    return made | {key: value for key, value in run.environment.items() if key.startswith(_COMMIT)}


def _environment(run: Run) -> dict[str, Scalar]:
    return {
        key: value
        for key, value in run.environment.items()
        if not key.startswith(_COMMIT) and key not in _MOMENTARY
    }


_FACTS: dict[Area, Callable[[Run], dict[str, Scalar]]] = {
    "data": _data,
    "split": _split,
    "code": _code,
    "params": lambda run: dict(run.params),
    "seed": lambda run: {"seed": run.seed},
    "environment": _environment,
}
