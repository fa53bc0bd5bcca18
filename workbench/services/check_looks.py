"""Looks at the checks of a dataset: as they would end today, as they ended, and as they might be."""

from __future__ import annotations

from storage.records import CheckResult, CheckTimeline, Version, VersionState
from workbench.core import check_history, suggestions
from workbench.errors import UsageError
from workbench.services import datasets as dataset_services
from workbench.services import measuring
from workbench.services import rows as row_services
from workbench.services.context import Context

LOOKED_AT = 5
"""Versions whose profiles a suggestion is made of."""


def try_out(context: Context, version: Version) -> tuple[CheckResult, ...]:
    """What the checks of today's workbench.toml find on a version; nothing is kept of it.

    Raises:
        UsageError: A check cannot be asked of the dataset's columns.
        NotFound: workbench.toml has no such dataset.
        Unmeasurable: A condition or a predicate breaks on a value.
    """
    with context.store.read() as tx:
        dataset = tx.datasets.get(version.dataset)
    return measuring.results(context, dataset, version)


def history(context: Context, name: str, *, limit: int) -> CheckTimeline:
    """What the checks of a dataset found in its newest versions.

    Raises:
        NotFound: There is no such dataset.
    """
    with context.store.read() as tx:
        versions = tx.datasets.newest(tx.datasets.get(name), limit=limit)
        results = tx.checks.over([version.id for version in versions])
    return check_history.timeline(name, versions, results)


def suggest(context: Context, name: str) -> str:
    """Checks that the newest accepted versions of a dataset would pass, as TOML.

    Raises:
        NotFound: There is no such dataset.
        UsageError: No version of it has rows that were profiled.
    """
    with context.store.read() as tx:
        dataset = tx.datasets.get(name)
        newest = tx.datasets.newest(dataset, limit=LOOKED_AT, state=VersionState.CURRENT)
        blobs = [(version, tx.datasets.profile_blob(version)) for version in reversed(newest)]
    profiles = {
        version: row_services.read_profile(context, blob)
        for version, blob in blobs
        if blob is not None
    }
    filled = {version: profile for version, profile in profiles.items() if profile.rows}
    if not filled:
        raise UsageError(
            f"{name} has no accepted version with rows, so there is nothing to suggest checks from.",
            f"Add rows with `workbench data add {name} FILE`.",
        )
    config = dataset_services.config_of(context, name)
    return suggestions.suggest(
        name, list(filled), list(filled.values()), key=config.key, time=config.time
    )
