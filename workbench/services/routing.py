"""Who answers a model's requests: shares by alias, shadows, and what keeps a caller with one version."""

from __future__ import annotations

import re
from collections.abc import Mapping

from storage.errors import NotFound
from storage.records import CHAMPION, ModelRouting, ModelVersion, NewEvent, Routing
from storage.store import Transaction
from workbench.core import fitness
from workbench.core import routing as rules
from workbench.errors import PromotionRefused, UsageError
from workbench.services import champions
from workbench.services.context import Context

MOST_WEIGHT = 1_000_000
_HEADER = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]{1,100}")


def routings(context: Context) -> tuple[ModelRouting, ...]:
    """Who answers for each model, by the model's name."""
    with context.store.read() as tx:
        return tx.models.routings()


def routing(context: Context, model: str) -> ModelRouting:
    """Who answers for a model.

    Raises:
        NotFound: There is no such model.
    """
    with context.store.read() as tx:
        return tx.models.routing(model)


def set_routing(
    context: Context, model: str, wanted: Routing, *, expected: Routing | None, why: str
) -> ModelRouting:
    """Lets others answer, if the routing is still what the caller saw; endpoints follow a moment later.

    Args:
        context: The project.
        model: The model.
        wanted: All of it; where the champion has no weight in it, it has what is left of 100.
        expected: What it was when the caller looked; None: whatever it is.
        why: Why, in one sentence.

    Raises:
        NotFound: There is no such model, or it has no such alias.
        UsageError: The shares are none, or nothing can stick by such a value.
        PromotionRefused: A version cannot answer what is sent to the champion, or its proof failed.
        Conflict: Somebody else has changed it; nothing was changed now.
    """
    with context.write() as tx:
        found = tx.models.routing(model)
        settled = Routing(
            answers=_answers(wanted.answers),
            shadows=wanted.shadows,
            sticky=_sticky(found, wanted.sticky),
        )
        _check(tx, found, settled)
        tx.models.route(model, settled, expected=expected)
        tx.events.add(
            NewEvent(
                kind="model.routed",
                subject=model,
                message=f"{model} is answered by {rules.in_words(settled)}: {why}",
                payload={
                    "answers": dict(settled.answers),
                    "shadows": list(settled.shadows),
                    "sticky": settled.sticky,
                    "who": context.who,
                },
            )
        )
        return tx.models.routing(model)


def _answers(weights: Mapping[str, int]) -> dict[str, int]:
    """The weights, the champion first."""
    for alias, weight in weights.items():
        if not 0 <= weight <= MOST_WEIGHT:
            raise UsageError(
                f"The weight of {alias} is {weight}.",
                f"Write a whole number from 0 to {MOST_WEIGHT:,}: champion=90 challenger=10.",
            )
    others = {alias: weight for alias, weight in weights.items() if alias != CHAMPION and weight}
    left = max(0, 100 - sum(others.values()))
    champion = weights.get(CHAMPION, left)
    if champion + sum(others.values()) == 0:
        raise UsageError(
            "Nobody would answer: all weights are 0.", "Give one alias a weight: champion=100."
        )
    return {CHAMPION: champion, **others}


def _sticky(found: ModelRouting, sticky: str) -> str:
    """`sticky`, as it is kept."""
    if not sticky:
        return ""
    kind, _, name = sticky.partition(":")
    if kind == "header" and _HEADER.fullmatch(name.lower()):
        return f"header:{name.lower()}"
    signature = found.champion.signature if found.champion else None
    known = (*signature.key, *signature.names) if signature else ()
    if kind == "column" and name in known:
        return sticky
    if kind == "column":
        raise NotFound.named("column", name, known=known)
    raise UsageError(
        f"Nothing can stick by '{sticky}'.", "Write column:NAME or header:NAME: column:customer."
    )


def _check(tx: Transaction, found: ModelRouting, wanted: Routing) -> None:
    champion = found.champion
    if champion is None:
        raise PromotionRefused(
            f"{found.model} has no champion, so nothing of it is served.",
            f"Promote a version first: `workbench model promote {found.model}@vN`.",
        )
    if len(set(wanted.shadows)) < len(wanted.shadows):
        raise UsageError("A shadow is named twice.", "Name each once.")
    for alias in (*wanted.answers, *wanted.shadows):
        version = found.versions.get(alias)
        if version is None:
            raise NotFound.named("alias", alias, known=found.versions)
        if alias in wanted.shadows and (alias in wanted.answers or version.id == champion.id):
            raise UsageError(
                f"{version.label} answers requests already, so it cannot be their shadow.",
                "A shadow is a version that answers nobody.",
            )
        _refuse_unfit(tx, version, champion, is_shadow=alias in wanted.shadows)


def _refuse_unfit(
    tx: Transaction, version: ModelVersion, champion: ModelVersion, *, is_shadow: bool
) -> None:
    if version.id == champion.id:
        return
    reason = fitness.unfit(version, champion)
    is_proved = is_shadow or version.override or not champions.failed_proof(tx, version)
    if reason is None and not is_proved:
        reason = "its proof failed."
    if reason is not None:
        raise PromotionRefused(
            f"{version.label} cannot stand in for {champion.label}: {reason}",
            "Point the alias at another version with `workbench model promote VERSION --alias NAME`.",
        )
