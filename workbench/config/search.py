"""`[experiments.X.search]`: the params that a study looks for, and its limits."""

from __future__ import annotations

import math
from decimal import Decimal

from storage.records import Scalar, SearchParam
from workbench.config import kinds
from workbench.config.kinds import Kind, NotAllowed
from workbench.config.search_values import Pruner, Sampler, SearchConfig
from workbench.config.tables import Table

MOST_TRIALS = 10_000

_SAMPLER: Kind[Sampler] = kinds.choice("tpe", "random")
_PRUNER: Kind[Pruner] = kinds.choice("median", "none")
_BOUNDS = ("low", "high", "step", "log")


def search(table: Table) -> SearchConfig:
    """The search of an experiment.

    Args:
        table: Its table `search`, which stands in the file.
    """
    default = SearchConfig()
    config = SearchConfig(
        trials=table.take("trials", kinds.whole(1, MOST_TRIALS), default.trials),
        timeout=table.take("timeout", kinds.positive_duration),
        sampler=table.take("sampler", _SAMPLER, default.sampler),
        pruner=table.take("pruner", _PRUNER, default.pruner),
        space=_space(table),
    )
    table.close()
    return config


def _space(table: Table) -> tuple[SearchParam, ...]:
    # A param may have any name, so none can be taken for a key of the search itself.
    params = table.tables("params")
    if not table.table("params").take_all(_anything):
        table.lacks("params, such as params.learning_rate = { low = 0.01, high = 0.3, log = true }")
    return tuple(_param(name, of) for name, of in params.items())


def _param(name: str, table: Table) -> SearchParam:
    # Each is asked for, so that a mistyped one is told which there are.
    given = [key for key in _BOUNDS if table.has(key)]
    if table.has("choices"):
        if given:
            table.wrong("choices", "it stands alone; bounds belong to numbers between low and high")
        choices = table.take("choices", _choices, ())
        table.close()
        return SearchParam(name=name, choices=choices)
    found = _range(name, table)
    table.close()
    return found


def _range(name: str, table: Table) -> SearchParam:
    number = kinds.number()
    if not (table.has("low") and table.has("high")):
        table.lacks("low and high, or choices = [ … ]")
    low = table.take("low", _bound)
    high = table.take("high", _bound)
    step = table.take("step", _bound)
    log = table.take("log", kinds.flag, default=False)
    given = [value for value in (low, high, step) if value is not None]
    if low is not None and high is not None and low >= high:
        table.wrong("high", f"it must be above low, which is {low}")
    elif step is not None and not 0 < step <= (high or 0) - (low or 0):
        table.wrong("step", "allowed is more than 0, and no more than from low to high")
        step = None
    if log and low is not None and low <= 0:
        table.wrong("low", "log = true needs bounds above 0")
    if log and step not in {None, 1}:
        table.wrong("step", "log = true goes by no step")
        step = None
    is_whole = bool(given) and all(isinstance(value, int) for value in given)
    return SearchParam(
        name=name,
        low=number(low or 0),
        high=_reached(low or 0, high or 0, step),
        step=None if step is None or log else number(step),
        log=log,
        is_whole=is_whole,
    )


def _reached(low: float, high: float, step: float | None) -> float:
    """The largest value not above `high` that steps from `low` lead to."""
    if step is None:
        return float(high)
    first, by = Decimal(str(low)), Decimal(str(step))
    return float(first + math.floor((Decimal(str(high)) - first) / by) * by)


def _anything(value: object) -> object:
    return value


def _bound(value: object) -> int | float:
    """A number that stays whole where it is written so."""
    found = kinds.number()(value)
    return value if isinstance(value, int) else found


def _choices(value: object) -> tuple[Scalar, ...]:
    """An array of different values, at least two."""
    if not isinstance(value, list) or len(value) < 2:
        raise NotAllowed("allowed is an array in brackets, with at least two values")
    members = tuple(kinds.scalar(one) for one in value)
    # 1, 1.0 and true are equal in Python, and different params.
    if len({(type(one), one) for one in members}) < len(members):
        raise NotAllowed("each value may stand here once")
    return members
