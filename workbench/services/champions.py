"""Moves the alias of the champion: promote and roll back."""

from __future__ import annotations

from storage.errors import NotFound
from storage.records import CHAMPION, InputType, ModelVersion, NewEvent
from storage.store import Transaction
from workbench.core import words
from workbench.errors import PromotionRefused
from workbench.services.context import Context

ROLLED_BACK = "rolled back: "
"""How the reason of a roll-back begins, by which it is told from a promotion of the same version."""


def promote(
    context: Context, model: str, number: int, *, expected: int | None, why: str
) -> ModelVersion:
    """Makes a version the champion, if the champion is still the one the caller saw.

    Args:
        context: The project.
        model: The model.
        number: The version to serve.
        expected: Number of today's champion; None: there is none yet.
        why: Why, in one sentence.

    Raises:
        PromotionRefused: Its parity failed, or it would refuse rows that the champion takes.
        AliasMoved: The champion is another one by now; nothing was changed.
    """
    with context.write() as tx:
        version = tx.models.version(model, number)
        if not version.parity.passed:
            raise PromotionRefused(
                f"{version.label} failed parity ({version.parity.flips} flips, largest difference "
                f"{words.number(version.parity.max_abs_diff, digits=2)}), so it may not be served.",
                "Train it anew, or register another run.",
            )
        if number == expected:
            raise PromotionRefused(f"{version.label} is champion already.")
        champion = tx.models.at(model)
        reason = unfit(version, champion) if champion else None
        if reason is not None:
            raise PromotionRefused(
                f"{version.label} cannot answer the requests of {model}: {reason}",
                "Give it a model of its own in workbench.toml.",
            )
        move(tx, version, expected=expected, who=context.who, why=why)
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
        NotFound: There was no other champion before.
        AliasMoved: The champion is another one by now; nothing was changed.
    """
    with context.write() as tx:
        current = tx.models.at(model)
        previous = _previous(tx, model, current)
        version = tx.models.version(model, previous)
        move(
            tx,
            version,
            expected=expected or (current.number if current else None),
            who=context.who,
            why=f"{ROLLED_BACK}{why}",
        )
        return tx.models.version(model, previous)


def _previous(tx: Transaction, model: str, current: ModelVersion | None) -> int:
    """Number of the champion before the present one; a roll-back again goes further back."""
    stack: list[int] = []
    for one in reversed(tx.models.moves(model, limit=1000)):
        is_back = one.why.startswith(ROLLED_BACK)
        if is_back and len(stack) > 1 and stack[-2] == one.to_number:
            stack.pop()
        elif one.to_number is not None:
            stack.append(one.to_number)
    if current is None or len(stack) < 2:
        raise NotFound(
            f"{model} had no other champion before.",
            f"See its versions with `workbench model log {model}`.",
        )
    return stack[-2]


def unfit(version: ModelVersion, champion: ModelVersion) -> str | None:
    """Why `version` would refuse rows that `champion` takes; None when it takes them all."""
    takes = {column.name: column for column in version.signature.inputs}
    known = {column.name: column for column in champion.signature.inputs}
    for name in [*known, *takes]:
        if name not in takes:
            return f"it takes no column {name}, which {champion.label} takes."
        if name not in known:
            return f"it needs the column {name}, which {champion.label} does not take."
        mine, theirs = takes[name], known[name]
        is_wider = (mine.type, theirs.type) == (InputType.NUMBER, InputType.INTEGER)
        if mine.type is not theirs.type and not is_wider:
            return f"it takes {name} as {mine.type.value}, {champion.label} as {theirs.type.value}."
        if theirs.nullable and not mine.nullable:
            return f"it refuses rows without {name}, which {champion.label} takes."
    return None


def move(
    tx: Transaction, version: ModelVersion, *, expected: int | None, who: str, why: str
) -> None:
    """Moves the champion's alias and says so; see `Models.move_alias`."""
    tx.models.move_alias(
        version.model, CHAMPION, to=version.number, expected=expected, who=who, why=why
    )
    was = f"; was v{expected}" if expected else ""
    tx.events.add(
        NewEvent(
            kind="alias.moved",
            subject=version.label,
            message=f"{version.model} v{version.number} is champion{was}: {why}",
            payload={"alias": CHAMPION, "from": expected, "to": version.number, "who": who},
        )
    )
