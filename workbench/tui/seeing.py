"""A version of a dataset as the Data screen sees it, made ready on the feed's thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.records import CheckResult, Profile, Version
from workbench.tui.views import checks as check_views
from workbench.tui.views import profiles
from workbench.tui.widgets.columns import Row

if TYPE_CHECKING:
    from workbench.api import Workbench

VERSIONS = 30
"""Newest versions whose outcomes may stand beside a check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A version, what its checks found, its profile, and the lists that are made of them."""

    version: Version
    results: tuple[CheckResult, ...]
    profile: Profile | None
    before: Profile | None
    """The profile of the version before; None for the first."""
    columns: list[Row]
    checks: list[Row]


def version_seen(workbench: Workbench, dataset: str, number: int) -> Seen:
    """Reads a version; the small histograms of a hundred columns would be felt on the UI's thread."""
    version = workbench.version(f"{dataset}@v{number}")
    before = None
    if version.parent is not None:
        before = workbench.profile(workbench.version(f"{dataset}@v{version.parent}"))
    results, profile = workbench.check_results(version), workbench.profile(version)
    timeline = workbench.check_history(dataset, limit=VERSIONS)
    past = check_views.past_of(timeline, until=number)
    return Seen(
        version=version,
        results=results,
        profile=profile,
        before=before,
        columns=profiles.column_rows(profile) if profile else [],
        checks=check_views.check_rows(results, past),
    )
