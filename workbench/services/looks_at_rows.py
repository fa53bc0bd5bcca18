"""What the rows of a training show without its model: profile, hashes, signs of a leak, a guess."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storage.records import Profile
from workbench.core.leakage import Leak
from workbench.engines.training import row_hashes
from workbench.services import baselines, split_checks
from workbench.services import rows as row_services
from workbench.services.baselines import Baseline
from workbench.services.context import Context
from workbench.services.material import Material, Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """What the rows show."""

    profile: Profile
    hashed: NDArray[np.uint64]
    """Of what tells the training rows apart."""
    leaks: tuple[Leak, ...]
    baseline: Baseline | None
    """None: there is one already, or nothing can be guessed."""


def look(
    context: Context, plan: Plan, found: Material, *, metric: str, has_baseline: bool
) -> Looks:
    """Looks at the rows of a plan.

    Args:
        context: The project.
        plan: What is trained on what.
        found: Its rows.
        metric: The one that judges the experiment.
        has_baseline: Whether a baseline on the same rows is there already.
    """
    profile = _profile(context, plan, found)
    hashed = row_hashes({name: found.train_columns[name] for name in plan.identity})
    return Looks(
        profile=profile,
        hashed=hashed,
        leaks=split_checks.leaks(plan, found, hashed),
        baseline=None if has_baseline else baselines.measured(plan, found, metric=metric),
    )


def _profile(context: Context, plan: Plan, found: Material) -> Profile:
    names = set(plan.features)
    with context.store.read() as tx:
        schema = row_services.columns_of(tx, plan.version)
    columns = [column for column in schema if column.name in names]
    return row_services.reference_profile(context, found.selection, columns)
