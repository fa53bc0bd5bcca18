"""The endpoint follows the catalog: who shall answer is loaded, proved, and put in place by one assignment."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from storage.blobs import Blobs
from storage.records import (
    CHAMPION,
    ModelRouting,
    ModelVersion,
    NewAlert,
    NewEvent,
    Severity,
)
from workbench.core import fitness
from workbench.core.doubts import Rules
from workbench.core.figures import Figures
from workbench.services import plans
from workbench.services import served as loading
from workbench.services.notices import SHADOW_ALERT, VERSION_ALERT, Notice, Notices
from workbench.services.routes import Plan, Refusal, Routes
from workbench.services.served import Served

RETRY_S = 60.0
"""When a version that could not be served is tried again: a disk may have been full."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Loader:
    """Loads versions for an endpoint."""

    blobs: Blobs
    rules: Rules
    figures: Figures

    def load(self, version: ModelVersion) -> Served:
        """`version`, which has answered its sample as it should; what that took is counted.

        Raises:
            Exception: Whatever a broken file brings up.
        """
        started = time.perf_counter()
        try:
            served = loading.load(self.blobs, version, rules=self.rules)
        except Exception:
            self.figures.load_failed(version.model, version.number)
            raise
        self.figures.loaded(
            version.model,
            version.number,
            time.perf_counter() - started,
            at_us=time.time_ns() // 1000,
            scores=loading.range_of_scores(self.blobs, version),
        )
        return served


class Follower:
    """Makes the routes of what the catalog asks for, a model at a time, on the thread that calls it."""

    def __init__(
        self, loader: Loader, notices: Notices, put: Callable[[Routes], None], routes: Routes
    ) -> None:
        """Makes a follower.

        Args:
            loader: Loads versions.
            notices: What the catalog is told.
            put: Puts routes in place of the ones before.
            routes: Those that are in place.
        """
        self._loader = loader
        self._notices = notices
        self._put = put
        self._routes = routes
        self._tried_at: dict[int, float] = {}

    @property
    def has_to_retry(self) -> bool:
        """Whether a version that could not be served should be tried again by now."""
        return any(map(self._is_due, self._tried_at))

    def take_over(self, wanted: tuple[ModelRouting, ...]) -> None:
        """Lets those answer who shall; whoever cannot be loaded leaves in place what was there."""
        for one in wanted:
            if one.champion is not None:
                self._plan(one)
        self._forget({version.id for one in wanted for version in plans.asked_for(one)})
        models = frozenset(one.model for one in wanted if one.champion is not None)
        if not self._routes.is_read:
            self._settle_older_alerts()
        if not self._routes.is_read or not models.issuperset(self._routes.plans):
            self._replace(self._routes.only(models))

    def _plan(self, wanted: ModelRouting) -> None:
        before = self._routes.plans.get(wanted.model)
        versions = dict(self._versions(wanted, before))
        champion = versions.get(CHAMPION)
        if champion is None:
            return
        plan = plans.plan_of(wanted, champion, versions)
        if before is None or plans.is_other(before, plan):
            self._replace(self._routes.planning(plan))
            self._tell_swap(before, plan)

    def _versions(
        self, wanted: ModelRouting, before: Plan | None
    ) -> Iterator[tuple[str, Served | None]]:
        """What each alias of the routes is served by, the champion first; None: it cannot be served."""
        loaded: dict[int, Served] = {}
        asked = wanted.versions
        champion = self._served(asked[CHAMPION], loaded) or (before.champion if before else None)
        yield CHAMPION, champion
        if champion is None:
            return
        for alias in (*wanted.routing.answers, *wanted.routing.shadows):
            if alias != CHAMPION and alias in asked:
                is_fit = self._is_fit(asked[alias], champion.version)
                yield alias, self._served(asked[alias], loaded) if is_fit else None

    def _served(self, version: ModelVersion, loaded: dict[int, Served]) -> Served | None:
        """`version`, whichever roles it has; None: it cannot be loaded."""
        known = self._routes.versions.get((version.model, version.number))
        if known is not None and known.version.id == version.id:
            loaded[version.id] = known
        if version.id not in loaded:
            if not self._is_due(version.id):
                return None
            try:
                loaded[version.id] = self._loader.load(version)
            except Exception as error:  # noqa: BLE001 - whatever a broken file brings up, the old version stays
                if version.id not in self._tried_at:
                    _log.exception("%s cannot be served", version.label)
                self._refuse(Refusal.because(version, error))
                self._tried_at[version.id] = time.monotonic()
                return None
        if version.id in self._routes.refused:
            self._forgive(version, f"{version.label} can be served now.")
        return loaded[version.id]

    def _is_fit(self, version: ModelVersion, champion: ModelVersion) -> bool:
        """Whether a version takes what callers send to the champion; one that does not is refused unloaded."""
        lacks = fitness.unfit(version, champion)
        if lacks:
            reason = f"{version.label} cannot stand in for {champion.label}: {lacks}"
            self._refuse(Refusal(version, reason))
        return not lacks

    def _is_due(self, version_id: int) -> bool:
        """Whether a version may be loaded: it was not tried, or that is long ago."""
        tried_at = self._tried_at.get(version_id)
        return tried_at is None or time.monotonic() - tried_at >= RETRY_S

    def _refuse(self, refusal: Refusal) -> None:
        version = refusal.version
        self._tried_at.pop(version.id, None)
        known = self._routes.refused.get(version.id)
        if known is not None and known.reason == refusal.reason:
            return
        self._replace(self._routes.refusing({**self._routes.refused, version.id: refusal}))
        before = self._routes.plans.get(version.model)
        still = f"{before.champion.version.label} answers." if before else "Nothing answers."
        remedy = f"Promote another version of {version.model}, or take this one out of its routes."
        self._notices.add(
            Notice(
                event=NewEvent(
                    kind="endpoint.refused",
                    subject=version.label,
                    message=f"{refusal.reason} {still}",
                    severity=Severity.ERROR,
                    payload={"model": version.model, "version": version.number},
                ),
                alert=NewAlert(
                    key=VERSION_ALERT + version.label,
                    severity=Severity.ERROR,
                    title=f"{version.label} cannot be served",
                    text=f"{refusal.reason} {still} {remedy}",
                ),
            )
        )

    def _forget(self, wanted: set[int]) -> None:
        """Drops refusals of versions that nobody asks for any more."""
        for id_, refusal in tuple(self._routes.refused.items()):
            if id_ not in wanted:
                version = refusal.version
                self._forgive(version, f"{version.label} is asked for no more.")

    def _forgive(self, version: ModelVersion, message: str) -> None:
        self._tried_at.pop(version.id, None)
        kept = {id_: one for id_, one in self._routes.refused.items() if id_ != version.id}
        self._replace(self._routes.refusing(kept))
        self._notices.add(
            Notice(
                event=NewEvent(kind="endpoint.unrefused", subject=version.label, message=message),
                resolved=(VERSION_ALERT + version.label,),
            )
        )

    def _settle_older_alerts(self) -> None:
        """Closes what an earlier process has told of versions, unless it is so still."""
        told = self._notices.open_alerts(VERSION_ALERT, SHADOW_ALERT)
        still = {VERSION_ALERT + one.version.label for one in self._routes.refused.values()}
        gone = tuple(key for key in told if key not in still)
        if gone:
            self._notices.add(Notice(resolved=gone))

    def _replace(self, routes: Routes) -> None:
        self._routes = routes
        self._put(routes)

    def _tell_swap(self, before: Plan | None, plan: Plan) -> None:
        version = plan.champion.version
        was = before.champion.version.number if before else None
        text = f"{version.model} v{version.number} answers requests"
        if was not in {None, version.number}:
            text += f"; was v{was}"
        others = plans.in_words(plan)[1:]
        if others:
            text += f"; beside it {', '.join(others)}"
        left = before.shadows if before else ()
        self._notices.add(
            Notice(
                event=NewEvent(
                    kind="endpoint.swapped",
                    subject=version.label,
                    message=f"{text}.",
                    payload={"model": version.model, "version": version.number, "was": was},
                ),
                resolved=tuple(
                    SHADOW_ALERT + shadow.version.label
                    for shadow in left
                    if shadow not in plan.shadows
                ),
                is_of_all=True,
            )
        )
