"""The parts that versions of a model take in serving it, and what changing them will do, in one line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from storage.records import CHAMPION, ModelRouting, ModelVersion, Routing
from workbench.core import words
from workbench.errors import UsageError

if TYPE_CHECKING:
    from workbench.api import Workbench
    from workbench.tui.serve_seen import TrafficSeen

FIRST_PERCENT = 10
"""What a new canary is offered."""
CHALLENGER, SHADOW = "challenger", "shadow"
"""What the alias of a version is called that had none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A version, and how its model's requests are shared out."""

    version: ModelVersion
    known: ModelRouting

    @property
    def champion(self) -> int | None:
        """The number of the champion; None: nobody answers."""
        champion = self.known.champion
        return champion.number if champion is not None else None

    @property
    def aliases(self) -> tuple[str, ...]:
        """What points at the version, but for `champion`."""
        found = self.known.versions.items()
        return tuple(
            alias
            for alias, version in found
            if version.number == self.version.number and alias != CHAMPION
        )

    @property
    def percent(self) -> int:
        """How much of the requests the version answers now."""
        return round(100 * sum(self.known.routing.share(alias) for alias in self.aliases))

    @property
    def is_shadow(self) -> bool:
        """Whether it sees copies now."""
        return any(alias in self.known.routing.shadows for alias in self.aliases)


def role(workbench: Workbench, version: ModelVersion) -> Role:
    """What is to be known before the part of a version is changed."""
    return Role(version=version, known=workbench.routing(version.model))


def share(workbench: Workbench, known: Role, percent: int, why: str) -> str:
    """Gives a version a share of the requests, at the cost of the champion; gives the sentence that says so.

    Raises:
        UsageError: The others leave less than that.
        Conflict: Somebody has changed the routes meanwhile.
    """
    label = known.version.label
    routing = known.known.routing
    mine = next((one for one in known.aliases if one in routing.answers), None)
    alias = mine or _alias(workbench, known, CHALLENGER, why)
    answers = {
        name: round(100 * routing.share(name))
        for name in routing.answers
        if name not in {alias, CHAMPION}
    }
    rest = 100 - percent - sum(answers.values())
    if rest < 0:
        raise UsageError(
            f"Other canaries have {words.listed([f'{n} {w} %' for n, w in answers.items()])} of the requests.",
            f"Give {label} at most {100 - sum(answers.values())} %.",
        )
    answers = {CHAMPION: rest, **answers, **({alias: percent} if percent else {})}
    _set(workbench, known, replace(routing, answers=answers), why)
    if not percent:
        return f"{label} answers no requests any more"
    return f"{label} answers {percent} % of the requests"


def shadow(workbench: Workbench, known: Role, why: str) -> str:
    """Sends a version copies of the requests, or no longer; gives the sentence that says so.

    Raises:
        Conflict: Somebody has changed the routes meanwhile.
    """
    label, routing = known.version.label, known.known.routing
    mine = {one for one in known.aliases if one in routing.shadows}
    if mine:
        shadows = tuple(one for one in routing.shadows if one not in mine)
        _set(workbench, known, replace(routing, shadows=shadows), why)
        return f"{label} sees no copies any more"
    alias = _alias(workbench, known, SHADOW, why)
    shadows = tuple(dict.fromkeys((*routing.shadows, alias)))
    _set(workbench, known, replace(routing, shadows=shadows), why)
    return f"{label} sees a copy of each request"


def _alias(workbench: Workbench, known: Role, usual: str, why: str) -> str:
    """An alias of the version; one is pointed at it where it had none."""
    if known.aliases:
        return known.aliases[0]
    before = known.known.versions.get(usual)
    workbench.promote(
        known.version.model,
        known.version.number,
        expected=before.number if before is not None else None,
        why=why,
        alias=usual,
    )
    return usual


def _set(workbench: Workbench, known: Role, routing: Routing, why: str) -> None:
    workbench.set_routing(known.version.model, routing, expected=known.known.routing, why=why)


def percent(written: str) -> int:
    """The share that somebody wrote.

    Raises:
        UsageError: It is no whole number of per cent, or more than all.
    """
    text = written.strip().removesuffix("%").strip()
    if not text.isdecimal() or not text.isascii() or int(text) > 100:
        raise UsageError(f"'{written}' is no share.", "Write a whole number of per cent, 0 to 100.")
    return int(text)


def sharing(known: Role, share: int) -> str:
    """What giving a version a share of the requests will do."""
    label, champion = known.version.label, known.champion
    rest = f"v{champion}" if champion is not None else "nobody"
    now = f"{known.percent} % now" if known.percent else "none now"
    if not share:
        return f"{label} answers no requests any more, {now}; {rest} answers them."
    taken = [f"challenger was v{before}" for before in _taken_over(known, CHALLENGER)]
    told = "".join(f" {one}." for one in taken)
    return f"{label} answers {share} % of the requests, {now}; {rest} answers what is left.{told}"


def shadowing(known: Role) -> str:
    """What sending a version copies, or no longer, will do."""
    label = known.version.label
    if known.is_shadow:
        return f"{label} sees no copies of the requests any more."
    return (
        f"{label} sees a copy of each request. What it says is logged and compared with the answer;"
        " nobody is shown it."
    )


def _taken_over(known: Role, usual: str) -> list[int]:
    """The version that loses its alias to this one, where it does."""
    before = known.known.versions.get(usual)
    return [] if known.aliases or before is None else [before.number]


def switching(seen: TrafficSeen) -> str:
    """What starting or stopping the endpoint will do."""
    answered = [one for one in seen.models if one.champion is not None]
    names = words.listed(
        [f"{one.model} ({one.champion.name})" for one in answered if one.champion], most=4
    )
    if seen.standing.is_running:
        who = (
            f" {names} {'is' if len(answered) == 1 else 'are'} answered for by nobody until it is started again."
            if answered
            else ""
        )
        where = f" at {seen.standing.address}" if seen.standing.address else ""
        return f"The endpoint{where} stops once it has answered what it has begun.{who}"
    return (
        f"The endpoint starts and answers for {names}."
        if answered
        else "The endpoint starts; no model has a champion yet."
    )
