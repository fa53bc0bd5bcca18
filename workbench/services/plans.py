"""Who answers a model's requests, made of what the catalog asks for and of what could be loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from storage.records import CHAMPION, ModelRouting, ModelVersion
from workbench.services.routes import Plan, Share, Sticky
from workbench.services.served import Served


def plan_of(wanted: ModelRouting, champion: Served, versions: Mapping[str, Served | None]) -> Plan:
    """The plan of a model.

    Args:
        wanted: What the catalog asks for.
        champion: Who answers where no other does; the one before, where the wanted one cannot.
        versions: By alias of the routes, what is loaded; None: it cannot be served.
    """
    return Plan(
        wanted.model,
        _shares(wanted, champion, versions),
        _shadows(wanted, champion, versions),
        Sticky.of(wanted.routing.sticky),
    )


def is_other(before: Plan, plan: Plan) -> bool:
    """Whether requests are answered otherwise by one plan than by the other."""
    return _parts(before) != _parts(plan)


def in_words(plan: Plan) -> tuple[str, ...]:
    """Who answers and who is a shadow, the champion first."""
    total = sum(share.weight for share in plan.answers)
    return (
        *(
            f"v{share.served.version.number} as {share.alias} {100 * share.weight / total:.3g} %"
            for share in plan.answers
        ),
        *(f"v{served.version.number} as a shadow" for served in plan.shadows),
    )


def asked_for(wanted: ModelRouting) -> Iterator[ModelVersion]:
    """The versions that a model's routes name."""
    if wanted.champion is not None:
        for alias in {CHAMPION, *wanted.routing.answers, *wanted.routing.shadows}:
            if alias in wanted.versions:
                yield wanted.versions[alias]


def _shares(
    wanted: ModelRouting, champion: Served, versions: Mapping[str, Served | None]
) -> list[Share]:
    """Each share at its place, the champion's first; in the place of one that cannot, the champion answers."""
    weights = wanted.routing.answers
    shares = [Share(champion, CHAMPION, weights.get(CHAMPION, 0))]
    for alias, weight in weights.items():
        served = versions.get(alias)
        if alias == CHAMPION:
            continue
        if served is not None:
            shares.append(Share(served, alias, weight))
        elif shares[-1].alias == CHAMPION:
            shares[-1] = Share(champion, CHAMPION, shares[-1].weight + weight)
        else:
            shares.append(Share(champion, CHAMPION, weight))
    return shares


def _shadows(
    wanted: ModelRouting, champion: Served, versions: Mapping[str, Served | None]
) -> list[Served]:
    """Each shadow once, but for the champion, to which its alias may have moved."""
    found = {
        served.version.id: served
        for alias in wanted.routing.shadows
        if (served := versions.get(alias)) is not None
    }
    found.pop(champion.version.id, None)
    return list(found.values())


def _parts(plan: Plan) -> tuple[object, ...]:
    return (
        [(share.served.version.id, share.alias, share.weight) for share in plan.answers],
        [served.version.id for served in plan.shadows],
        plan.sticky,
    )
