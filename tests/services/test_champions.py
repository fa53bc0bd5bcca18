"""The champion's alias: promote and roll back, or refuse in words."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from storage.errors import AliasMoved, NotFound
from storage.records import (
    AlertState,
    InputColumn,
    InputType,
    NewAlert,
    NewModelVersion,
    Severity,
)
from storage.store import Store
from tests.http.project import SIGNATURE, make_project, register
from workbench.errors import PromotionRefused, UsageError
from workbench.services import champions
from workbench.services.context import open_context


@pytest.fixture
def context(tmp_path):
    opened = open_context(make_project(tmp_path), who="mina")
    for _ in range(4):
        register(opened.store)
    yield opened
    opened.store.close()


def promote(context, number, *, expected):
    return champions.promote(context, "late", number, expected=expected, why="it is better")


def roll_back(context, expected=None):
    return champions.roll_back(context, "late", expected=expected, why="it is worse").number


def climb(context, *numbers):
    for before, number in zip((None, *numbers), numbers, strict=False):
        promote(context, number, expected=before)


def champion(context):
    with context.store.read() as tx:
        found = tx.models.at("late")
    return found and found.number


def test_a_first_version_becomes_champion(context):
    version = promote(context, 1, expected=None)

    assert (version.number, version.aliases) == (1, ("champion",))


def test_a_promotion_is_told_with_who_why_and_what_was_before(context):
    climb(context, 1, 3)

    with context.store.read() as tx:
        event, *_ = tx.events.newest()
        move, *_ = tx.models.moves("late")
    assert event.message == "late v3 is champion; was v1: it is better"
    assert event.payload == {"alias": "champion", "from": 1, "to": 3, "who": "mina"}
    assert (move.from_number, move.to_number, move.who) == (1, 3, "mina")


@pytest.mark.parametrize("expected", [None, 2], ids=["none", "another one"])
def test_the_alias_does_not_move_when_it_is_not_where_the_caller_saw_it(context, expected):
    climb(context, 1)

    with pytest.raises(AliasMoved, match="but is at v1; nothing was changed"):
        promote(context, 3, expected=expected)
    assert champion(context) == 1


def test_a_champion_is_not_promoted_again(context):
    climb(context, 1)

    with pytest.raises(PromotionRefused, match="late@v1 is champion already"):
        promote(context, 1, expected=1)


def test_an_unknown_version_is_not_promoted(context):
    with pytest.raises(NotFound, match="late@v9"):
        promote(context, 9, expected=None)


def test_a_promotion_settles_the_alert_of_a_gate_that_could_not_say(context):
    with context.store.write() as tx:
        tx.events.raise_alert(
            NewAlert(key="gate late", severity=Severity.WARNING, title="late@v2 waits", text="")
        )
    promote(context, 2, expected=None)

    with context.store.read() as tx:
        assert [alert.state for alert in tx.events.alerts(state=None)] == [AlertState.RESOLVED]


@pytest.mark.parametrize(
    ("climbed", "gone_back_to"),
    [
        ((1, 2), [1]),
        ((1, 2, 3), [2, 1]),
        ((2, 4, 1, 3), [1, 4, 2]),
        ((1, 2, 1), [2, 1]),
        ((1, 2, 1, 2), [1, 2, 1]),
    ],
    ids=["once", "twice", "in any order of numbers", "promoted again", "to and fro"],
)
def test_each_roll_back_goes_one_champion_further_back(context, climbed, gone_back_to):
    climb(context, *climbed)

    assert [roll_back(context) for _ in gone_back_to] == gone_back_to
    with pytest.raises(NotFound, match="late had no other champion before"):
        roll_back(context)


def test_after_a_roll_back_and_a_promotion_the_one_before_comes_back(context):
    climb(context, 1, 2)
    roll_back(context)
    promote(context, 3, expected=1)

    assert roll_back(context) == 1


@pytest.mark.parametrize("climbed", [(), (1,)], ids=["no champion", "one champion"])
def test_without_a_champion_before_nothing_is_rolled_back(context, climbed):
    climb(context, *climbed)

    with pytest.raises(NotFound, match=r"had no other champion before\.\nSee its versions"):
        roll_back(context)


def test_a_roll_back_says_that_it_is_one(context):
    climb(context, 1, 2)
    roll_back(context)

    with context.store.read() as tx:
        assert tx.models.moves("late")[0].why == "rolled back: it is worse"
        told = [one.message for one in tx.events.newest() if one.kind == "alias.moved"]
    assert told[0] == "late v1 is champion; was v2: rolled back: it is worse"
    assert len(told) == 3


def test_a_roll_back_of_a_champion_that_is_none_any_more_changes_nothing(context):
    climb(context, 1, 2, 3)

    with pytest.raises(AliasMoved, match="expected at v2 but is at v3"):
        roll_back(context, expected=2)
    assert champion(context) == 3


OTHER_COLUMNS = {
    "one is missing": (SIGNATURE.inputs[1:], "it takes no column 거리(km), which late@v1 takes"),
    "one more": (
        (
            *SIGNATURE.inputs,
            InputColumn(name="x", graph_name="x", type=InputType.NUMBER, nullable=True),
        ),
        "it needs the column x, which late@v1 does not take",
    ),
    "another type": (
        tuple(
            replace(one, type=InputType.NUMBER) if one.type is InputType.BOOLEAN else one
            for one in SIGNATURE.inputs
        ),
        "it takes night as number, late@v1 as boolean",
    ),
    "none may be missing": (
        tuple(replace(one, nullable=False) for one in SIGNATURE.inputs),
        "it refuses rows without seats, which late@v1 takes",
    ),
}


@pytest.mark.parametrize(("inputs", "reason"), OTHER_COLUMNS.values(), ids=OTHER_COLUMNS)
def test_who_would_refuse_rows_that_the_champion_takes_is_not_promoted(context, inputs, reason):
    climb(context, 1)
    other = register(context.store, signature=replace(SIGNATURE, inputs=inputs))

    with pytest.raises(PromotionRefused, match=re.escape(f"the requests of late: {reason}")):
        promote(context, other.number, expected=1)
    assert champion(context) == 1


def test_who_takes_more_than_the_champion_may_be_promoted(context):
    climb(context, 1)
    inputs = tuple(
        replace(
            one,
            nullable=True,
            type=InputType.NUMBER if one.type is InputType.INTEGER else one.type,
        )
        for one in SIGNATURE.inputs
    )
    other = register(context.store, signature=replace(SIGNATURE, inputs=inputs))

    assert promote(context, other.number, expected=1).aliases == ("champion",)


def test_two_who_promote_at_once_move_the_alias_once(context):
    climb(context, 1)
    other = replace(context, store=Store.open(context.project_dir, program="test"), who="jun")
    try:
        promote(other, 2, expected=1)
        with pytest.raises(AliasMoved):
            promote(context, 3, expected=1)
    finally:
        other.store.close()

    assert champion(context) == 2


def failing(context, **changed):
    """A version whose proof failed."""
    version = register(context.store)
    proof = replace(version.parity, passed=False, flips=3, max_abs_diff=0.25, **changed)
    with context.store.write() as tx:
        tx.models.remove(version)
        kept = {
            name: getattr(version, name)
            for name in NewModelVersion.__slots__
            if name != "experiment"
        }
        return tx.models.register(
            NewModelVersion(**{**kept, "experiment": "late", "parity": proof})
        )


def test_a_version_whose_proof_failed_becomes_champion_only_with_a_reason_that_stays(context):
    climb(context, 1)
    number = failing(context).number
    with pytest.raises(PromotionRefused, match=r"(?s)failed parity \(3 flips.*--override REASON"):
        promote(context, number, expected=1)

    version = champions.promote(
        context, "late", number, expected=1, why="urgent", override="seen by hand"
    )
    promote(context, 2, expected=number)

    with context.store.read() as tx:
        assert tx.models.version("late", number).override == "seen by hand"
        event = next(one for one in tx.events.newest() if one.subject == version.label)
    assert event.severity is Severity.WARNING
    assert event.payload["override"] == "seen by hand"
    assert event.message.endswith("urgent (in spite of its failed proof: seen by hand)")


def test_a_roll_back_to_an_overridden_version_goes_on_saying_why(context):
    number = failing(context).number
    champions.promote(context, "late", number, expected=None, why="urgent", override="by hand")
    promote(context, 2, expected=number)
    roll_back(context)

    with context.store.read() as tx:
        assert tx.models.moves("late")[0].override == "by hand"


@pytest.mark.parametrize(
    ("alias", "override", "words"),
    [
        ("champion", "why not", "nothing to override for late@v1: its proof has passed"),
        ("champion", "  ", "An override needs a reason"),
        ("frozen", "why not", "nothing to override for late@v1: only a champion needs one"),
    ],
    ids=["passed", "without a reason", "another alias"],
)
def test_an_override_without_need_or_reason_is_refused(context, alias, override, words):
    with pytest.raises(UsageError, match=words):
        champions.promote(
            context, "late", 1, expected=None, why="w", alias=alias, override=override
        )


def verified(context, number, *, passed):
    with context.store.write() as tx:
        version = tx.models.version("late", number)
        proof = replace(version.parity, passed=passed, reason="" if passed else "it is gone.")
        tx.models.add_verification(version, proof, who="mina")


def test_the_last_proof_counts_when_it_was_repeated(context):
    verified(context, 1, passed=False)
    with pytest.raises(PromotionRefused, match=r"late@v1 failed parity \(it is gone\)"):
        promote(context, 1, expected=None)

    verified(context, 1, passed=True)
    assert promote(context, 1, expected=None).number == 1


def test_a_roll_back_is_not_held_up_by_a_proof(context):
    climb(context, 1, 2)
    verified(context, 1, passed=False)

    assert roll_back(context) == 1


def test_an_alias_of_any_name_points_at_a_version_that_could_not_be_served(context):
    number = failing(context).number
    version = champions.promote(
        context, "late", number, expected=None, why="to look at", alias="challenger"
    )

    assert version.aliases == ("challenger",)
    with context.store.read() as tx:
        assert tx.events.newest()[0].message == f"late v{number} is challenger: to look at"
    assert champion(context) is None


@pytest.mark.parametrize("name", ["v7", "", "Champion", "a b", "-a", "x" * 41])
def test_an_alias_is_never_called_as_a_version_is(context, name):
    with pytest.raises(UsageError, match="An alias cannot be called"):
        champions.promote(context, "late", 1, expected=None, why="w", alias=name)


def test_an_alias_that_is_taken_away_is_told_and_comes_back_by_a_roll_back(context):
    climb(context, 1, 2)
    with pytest.raises(AliasMoved):
        champions.withdraw(context, "late", "champion", expected=1, why="no")
    champions.withdraw(context, "late", "champion", expected=2, why="it is wrong")

    with context.store.read() as tx:
        assert tx.events.newest()[0].message == (
            "late has no champion any more; was v2: it is wrong"
        )
    assert champion(context) is None
    assert roll_back(context) == 2
    assert roll_back(context) == 1


def test_an_alias_that_is_not_there_is_not_taken_away(context):
    climb(context, 1)
    with pytest.raises(NotFound, match=r"No alias is called 'champio'.\nDid you mean 'champion'"):
        champions.withdraw(context, "late", "champio", expected=None, why="no")


def test_a_roll_back_passes_over_versions_that_were_removed(context):
    climb(context, 1, 2, 3)
    with context.store.write() as tx:
        tx.models.remove(tx.models.version("late", 2))

    assert roll_back(context) == 1
    with pytest.raises(NotFound, match="no other champion before"):
        roll_back(context)
