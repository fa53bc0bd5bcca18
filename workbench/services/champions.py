"""Moves aliases: promote and roll back the champion, or refuse in words."""

from __future__ import annotations

from dataclasses import replace

from storage.errors import NotFound
from storage.records import CHAMPION, ModelVersion, NewEvent, Parity, Severity
from storage.store import Transaction
from workbench.core import fitness, words
from workbench.core import routing as rules
from workbench.core.labels import ALIAS
from workbench.errors import PromotionRefused, UsageError
from workbench.services.context import Context

ROLLED_BACK = "rolled back: "
"""How the reason of a roll-back begins, by which it is told from a promotion of the same version."""
MOST_MOVES = 10_000
"""Moves that a roll-back looks back on."""


def promote(  # noqa: PLR0913 - what a promotion is, each by its name
    context: Context,
    model: str,
    number: int,
    *,
    expected: int | None,
    why: str,
    alias: str = CHAMPION,
    override: str | None = None,
) -> ModelVersion:
    """Points an alias at a version, if it is still where the caller saw it.

    Args:
        context: The project.
        model: The model.
        number: The version; with the alias `champion`, the one to serve.
        expected: Number of the version it points to today; None: to none yet.
        why: Why, in one sentence.
        alias: Which alias; made when it is missing.
        override: Why a version whose proof failed shall be served all the same; kept for ever.

    Raises:
        PromotionRefused: As champion, or where requests are routed by the alias, its proof failed, or it
            would refuse rows that the champion takes.
        AliasMoved: The alias is at another one by now; nothing was changed.
        UsageError: Nothing can be called so, or there is nothing to override.
    """
    refuse_alias(alias)
    with context.write() as tx:
        version = tx.models.version(model, number)
        if alias in version.aliases:
            raise PromotionRefused(f"{version.label} is {alias} already.")
        routing = tx.models.routing(model)
        answers = alias == CHAMPION or alias in routing.routing.answers
        failed = failed_proof(tx, version) if answers else None
        _refuse_override(version, failed, override, alias)
        is_asked = answers or alias in routing.routing.shadows
        champion = routing.champion if is_asked else None
        reason = fitness.unfit(version, champion) if champion else None
        if reason is not None:
            raise PromotionRefused(
                f"{version.label} cannot answer the requests of {model}: {reason}",
                "Register it as a model of its own with `workbench model register RUN --as NAME`.",
            )
        move(
            tx,
            version,
            expected=expected,
            who=context.who,
            why=why,
            alias=alias,
            override=override if failed else None,
        )
        if alias == CHAMPION:
            tx.events.resolve(f"gate {model}")
        return tx.models.version(model, number)


def roll_back(context: Context, model: str, *, expected: int | None, why: str) -> ModelVersion:
    """Makes the previous champion champion again, if the champion is still the one the caller saw.

    Args:
        context: The project.
        model: The model.
        expected: Number of today's champion; None: whichever it is.
        why: Why, in one sentence.

    Raises:
        NotFound: There was no other champion before, or none that is left.
        AliasMoved: The champion is another one by now; nothing was changed.
    """
    with context.write() as tx:
        current = tx.models.at(model)
        version = _previous(tx, model, current)
        move(
            tx,
            version,
            expected=expected or (current.number if current else None),
            who=context.who,
            why=f"{ROLLED_BACK}{why}",
            override=version.override,
        )
        return tx.models.version(model, version.number)


def before(context: Context, model: str) -> ModelVersion:
    """The version that a roll-back would make champion.

    Raises:
        NotFound: There was no other champion before, or none that is left.
    """
    with context.store.read() as tx:
        return _previous(tx, model, tx.models.at(model))


def withdraw(context: Context, model: str, alias: str, *, expected: int | None, why: str) -> None:
    """Takes an alias away, if it is still where the caller saw it; no version is served without `champion`.

    Raises:
        NotFound: The model has no such alias.
        AliasMoved: It is at another version by now; nothing was changed.
        PromotionRefused: Requests are routed by it.
    """
    with context.write() as tx:
        version = tx.models.at(model, alias)
        if version is None:
            raise NotFound.named("alias", alias, known=tx.models.aliases(model))
        _refuse_routed(tx, model, alias)
        tx.models.drop_alias(model, alias, expected=expected, who=context.who, why=why)
        tx.events.add(
            NewEvent(
                kind="alias.moved",
                subject=version.label,
                message=f"{model} has no {alias} any more; was v{version.number}: {why}",
                payload={
                    "alias": alias,
                    "from": version.number,
                    "to": None,
                    "who": context.who,
                },
            )
        )


def _refuse_routed(tx: Transaction, model: str, alias: str) -> None:
    routing = tx.models.routing(model).routing
    if alias == CHAMPION or alias not in {*routing.answers, *routing.shadows}:
        return
    share = (
        f"answers {routing.share(alias):.0%} of the requests"
        if alias in routing.answers
        else "is a shadow"
    )
    raise PromotionRefused(
        f"{model}@{alias} {share}, so the alias stays.",
        f"Take it out first: `workbench serve route {model} --clear`.",
    )


def _settle_routes(tx: Transaction, model: str, number: int, *, who: str) -> None:
    """A version that has become champion has no share, and is no shadow, beside itself."""
    found = tx.models.routing(model)
    same = {
        alias for alias, one in found.versions.items() if alias != CHAMPION and one.number == number
    }
    routing = found.routing
    if same.isdisjoint({*routing.answers, *routing.shadows}):
        return
    answers = {alias: weight for alias, weight in routing.answers.items() if alias not in same}
    answers[CHAMPION] = answers.get(CHAMPION, 0) + sum(
        weight for alias, weight in routing.answers.items() if alias in same
    )
    shadows = tuple(alias for alias in routing.shadows if alias not in same)
    settled = replace(routing, answers=answers, shadows=shadows)
    tx.models.route(model, settled)
    tx.events.add(
        NewEvent(
            kind="model.routed",
            subject=model,
            message=f"{model} is answered by {rules.in_words(settled)}: v{number} is champion now.",
            payload={
                "answers": answers,
                "shadows": list(shadows),
                "sticky": settled.sticky,
                "who": who,
            },
        )
    )


def failed_proof(tx: Transaction, version: ModelVersion) -> Parity | None:
    """The proof by which a version may not be served; None: all is well.

    That of its registration, or the last one that was repeated.
    """
    if not version.parity.passed:
        return version.parity
    repeated = tx.models.verifications(version, limit=1)
    return repeated[0].parity if repeated and not repeated[0].parity.passed else None


def refuse_alias(alias: str) -> None:
    """Raises UsageError where an alias cannot be called so."""
    if not ALIAS.fullmatch(alias):
        raise UsageError(
            f"An alias cannot be called '{alias}'.",
            "Use small letters, digits, - and _, with a letter first, and not as a version is called.",
        )


def _refuse_override(
    version: ModelVersion, failed: Parity | None, override: str | None, alias: str
) -> None:
    if override is not None and not override.strip():
        raise UsageError("An override needs a reason.", 'Write --override "why it may be served".')
    if failed is None:
        if override is not None:
            what = "its proof has passed" if alias == CHAMPION else f"only a {CHAMPION} needs one"
            raise UsageError(f"There is nothing to override for {version.label}: {what}.")
        return
    if override is None:
        flips = words.plural(failed.flips, "flip")
        largest = words.number(failed.max_abs_diff, digits=2)
        raise PromotionRefused(
            f"{version.label} failed parity ("
            + (failed.reason.rstrip(".") or f"{flips}, largest difference {largest}")
            + "), so it may not be served.",
            "Train it anew, or register another run; if you know better, say why: "
            f"`workbench model promote {version.label} --override REASON`.",
        )


def _previous(tx: Transaction, model: str, current: ModelVersion | None) -> ModelVersion:
    """The champion before the present one that is left; a roll-back again goes further back."""
    stack: list[int] = []
    for one in reversed(tx.models.moves(model, limit=MOST_MOVES)):
        is_back = one.why.startswith(ROLLED_BACK)
        if is_back and one.to_number in stack:
            # Those in between have been removed, or were left behind before.
            del stack[len(stack) - stack[::-1].index(one.to_number) :]
        elif one.to_number is not None:
            stack.append(one.to_number)
    for number in reversed(stack[:-1] if current else stack):
        try:
            found = tx.models.version(model, number)
        except NotFound:
            continue  # removed meanwhile
        if current is None or number != current.number:
            return found
    raise NotFound(
        f"{model} had no other champion before.",
        f"See its versions with `workbench model log {model}`.",
    )


def move(  # noqa: PLR0913 - what a move is, each by its name
    tx: Transaction,
    version: ModelVersion,
    *,
    expected: int | None,
    who: str,
    why: str,
    alias: str = CHAMPION,
    override: str | None = None,
) -> None:
    """Moves an alias and says so; see `Models.move_alias`."""
    tx.models.move_alias(
        version.model,
        alias,
        to=version.number,
        expected=expected,
        who=who,
        why=why,
        override=override,
    )
    was = f"; was v{expected}" if expected else ""
    in_spite = f" (in spite of its failed proof: {override})" if override else ""
    payload: dict[str, object] = {
        "alias": alias,
        "from": expected,
        "to": version.number,
        "who": who,
    }
    tx.events.add(
        NewEvent(
            kind="alias.moved",
            subject=version.label,
            message=f"{version.model} v{version.number} is {alias}{was}: {why}{in_spite}",
            severity=Severity.WARNING if override else Severity.INFO,
            payload=payload if override is None else {**payload, "override": override},
        )
    )
    if alias == CHAMPION:
        _settle_routes(tx, version.model, version.number, who=who)
