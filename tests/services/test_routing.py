"""Routes are set whole, refused where they make no sense, and follow their aliases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storage.errors import Conflict, NotFound
from storage.records import CHAMPION, Routing
from tests.http.project import SIGNATURE, make_project, promote, register
from workbench.errors import PromotionRefused, UsageError
from workbench.services import champions, routing
from workbench.services.context import open_context

TENTH = Routing(answers={"challenger": 10})


@pytest.fixture
def context(tmp_path):
    opened = open_context(make_project(tmp_path), who="mina")
    yield opened
    opened.store.close()


@pytest.fixture
def versions(context, store):
    """A champion and a challenger."""
    first, second = register(store), register(store, bias=1.0)
    promote(store, first)
    champions.promote(context, "late", 2, expected=None, why="to try", alias="challenger")
    return first, second


def set_(context, wanted, *, expected=None):
    return routing.set_routing(context, "late", wanted, expected=expected, why="a try").routing


def newest(store):
    with store.read() as tx:
        return tx.events.newest()[0]


@pytest.mark.usefixtures("versions")
def test_without_routes_the_champion_answers_everything(context):
    found = routing.routing(context, "late")

    assert (found.routing, found.is_set) == (Routing(), False)
    assert found.champion.number == 1


@pytest.mark.usefixtures("versions")
def test_a_challenger_gets_its_share_and_the_champion_the_rest(context, store):
    assert set_(context, TENTH).answers == {CHAMPION: 90, "challenger": 10}
    event = newest(store)
    assert (event.kind, event.payload["who"]) == ("model.routed", "mina")
    assert event.message == "late is answered by champion 90 %, challenger 10 %: a try"


@pytest.mark.usefixtures("versions")
def test_a_shadow_answers_nobody(context):
    found = set_(context, Routing(shadows=("challenger",), sticky="column:flight"))

    assert (found.answers, found.shadows) == ({CHAMPION: 100}, ("challenger",))
    assert found.sticky == "column:flight"


@pytest.mark.usefixtures("versions")
def test_routes_are_taken_back(context):
    set_(context, replace(TENTH, sticky="header:X-User"))

    assert routing.routing(context, "late").routing.sticky == "header:x-user"
    assert set_(context, Routing()) == Routing()
    assert not routing.routing(context, "late").is_set


@pytest.mark.usefixtures("versions")
def test_what_somebody_else_changed_meanwhile_stays(context):
    seen = routing.routing(context, "late").routing
    set_(context, TENTH)

    with pytest.raises(Conflict, match="changed by somebody else"):
        set_(context, Routing(answers={"challenger": 50}), expected=seen)
    assert routing.routing(context, "late").routing.share("challenger") == 0.1


@pytest.mark.usefixtures("versions")
@pytest.mark.parametrize(
    ("wanted", "error", "named"),
    [
        (Routing(answers={"chalenger": 10}), NotFound, "Did you mean 'challenger'"),
        (Routing(answers={CHAMPION: 0}), UsageError, "Nobody would answer"),
        (Routing(answers={"challenger": -1}), UsageError, "weight of challenger is -1"),
        (Routing(shadows=(CHAMPION,)), UsageError, "cannot be their shadow"),
        (Routing(shadows=("challenger",) * 2), UsageError, "named twice"),
        (replace(TENTH, shadows=("challenger",)), UsageError, "cannot be their shadow"),
        (Routing(sticky="column:colour"), NotFound, "No column is called 'colour'"),
        (Routing(sticky="header:a b"), UsageError, "Nothing can stick"),
        (Routing(sticky="cookie"), UsageError, "Nothing can stick"),
    ],
)
def test_nonsense_is_refused(context, wanted, error, named):
    with pytest.raises(error, match=named):
        set_(context, wanted)
    assert not routing.routing(context, "late").is_set


def test_a_version_that_takes_other_columns_is_refused(context, store):
    promote(store, register(store))
    narrow = replace(SIGNATURE, inputs=SIGNATURE.inputs[:2])
    register(store, signature=narrow)
    champions.promote(context, "late", 2, expected=None, why="w", alias="challenger")

    with pytest.raises(PromotionRefused, match="it takes no column night"):
        set_(context, TENTH)


def test_without_a_champion_there_is_nothing_to_share(context, store):
    register(store)

    with pytest.raises(PromotionRefused, match="has no champion"):
        set_(context, TENTH)


@pytest.mark.usefixtures("versions")
def test_an_alias_that_answers_is_not_taken_away(context):
    set_(context, TENTH)

    with pytest.raises(PromotionRefused, match="answers 10% of the requests"):
        champions.withdraw(context, "late", "challenger", expected=2, why="w")
    set_(context, Routing())
    champions.withdraw(context, "late", "challenger", expected=2, why="w")


@pytest.mark.usefixtures("versions")
def test_a_challenger_that_becomes_champion_has_no_share_beside_itself(context, store):
    set_(context, TENTH)
    champions.promote(context, "late", 2, expected=1, why="it is better")

    assert routing.routing(context, "late").routing == Routing()
    assert newest(store).message == "late is answered by champion 100 %: v2 is champion now."


def failed_proof(context, number):
    """Repeats a version's proof, which fails."""
    with context.store.write() as tx:
        version = tx.models.version("late", number)
        parity = replace(version.parity, passed=False, flips=3)
        tx.models.add_verification(version, parity, who="mina")


@pytest.mark.usefixtures("versions")
def test_a_version_whose_proof_failed_answers_nobody_but_may_be_a_shadow(context):
    failed_proof(context, 2)

    with pytest.raises(PromotionRefused, match="its proof failed"):
        set_(context, TENTH)
    assert set_(context, Routing(shadows=("challenger",))).shadows == ("challenger",)


@pytest.mark.usefixtures("versions")
def test_an_alias_that_answers_moves_only_to_what_may_answer(context, store):
    set_(context, TENTH)
    register(store, bias=2.0)
    register(store, signature=replace(SIGNATURE, inputs=SIGNATURE.inputs[:2]))
    failed_proof(context, 3)

    for number, named in ((3, "failed parity"), (4, "takes no column night")):
        with pytest.raises(PromotionRefused, match=named):
            champions.promote(context, "late", number, expected=2, why="w", alias="challenger")
    why = {"expected": 2, "why": "w", "alias": "challenger", "override": "known and harmless"}
    assert champions.promote(context, "late", 3, **why).number == 3
    assert set_(context, Routing(answers={"challenger": 25})).share("challenger") == 0.25
