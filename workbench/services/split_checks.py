"""Whether the test rows of a plan are new to what is trained on the others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core import leakage
from workbench.core.leakage import Leak
from workbench.engines.training import row_hashes
from workbench.services.material import Material, Plan, moments


def leaks(plan: Plan, found: Material, hashed: NDArray[np.uint64]) -> tuple[Leak, ...]:
    """What the keys and moments of both sides show of a leak.

    Args:
        plan: What is trained on what.
        found: Its rows.
        hashed: Hashes of what tells the training rows apart, as `row_hashes` gives them.
    """
    suspected: list[Leak | None] = []
    if plan.key:
        of_test = row_hashes({name: found.test_columns[name] for name in plan.key})
        suspected.append(leakage.shared_keys(hashed, of_test, key=plan.key))
    if plan.time is not None:
        suspected += _of_moments(plan, found)
    return tuple(leak for leak in suspected if leak is not None)


def _of_moments(plan: Plan, found: Material) -> list[Leak | None]:
    assert plan.time is not None
    train = moments(found.train_columns[plan.time])
    others: dict[str, NDArray[Any]] = {
        name: moments(found.train_columns[name]) for name in plan.moments
    }
    told: list[Leak | None] = list(leakage.later(others, train, time=plan.time))
    split = plan.experiment.split
    if plan.test is None and split.by != "time":
        test = moments(found.test_columns[plan.time])
        how = "groups" if split.by == "group" else "chance"
        told.append(leakage.out_of_order(train, test, by=how, time=plan.time))
    return told
