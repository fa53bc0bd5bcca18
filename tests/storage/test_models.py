from __future__ import annotations

import math
import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest

from storage.errors import AliasMoved, Conflict, NotFound
from storage.records import InputColumn, InputType, Parity, Signature, WorstRow
from storage.store import Store, Transaction
from tests.storage import programs
from tests.storage.examples import Clock, accepted_version, new_model_version, new_run, registered

SIGNATURE = Signature(
    task="binary",
    inputs=(
        InputColumn(
            name="거리(km)",
            graph_name="거리_km_",
            type=InputType.NUMBER,
            nullable=True,
            minimum=-math.inf,
            maximum=4983.0,
        ),
        InputColumn(
            name="carrier",
            graph_name="carrier",
            type=InputType.STRING,
            nullable=False,
            categories=("AA", "UA"),
        ),
    ),
    classes=("no", "yes"),
    key=("flight_id",),
)
PARITY = Parity(
    rows=1000,
    hostile_rows=100,
    max_abs_diff=4e-7,
    p999_abs_diff=1e-7,
    flips=0,
    limit=1e-6,
    passed=True,
    worst=(
        WorstRow(
            row=3,
            kind="unknown category",
            changed=("carrier",),
            values={"carrier": "é", "거리(km)": "nan"},
            native=(0.25, None),
            onnx=(0.75, 1.0),
            difference=0.5,
            flipped=True,
        ),
    ),
    packages={"onnxruntime": "1.32.0"},
)


def move(tx: Transaction, to: int, expected: int | None, alias: str = "champion") -> None:
    tx.models.move_alias("late", alias, to=to, expected=expected, who="ann", why="gate passed")


def test_a_version_comes_back_with_its_proof(store: Store, clock: Clock):
    with store.write() as tx:
        accepted_version(tx, "a")
        run = tx.runs.start(new_run(dataset="flights", version=1))
        new = new_model_version(
            run.id, signature=SIGNATURE, parity=PARITY, importances={"거리(km)": 1.0}
        )
        version = tx.models.register(new)

    assert (version.signature, version.parity) == (SIGNATURE, PARITY)
    assert (version.label, version.dataset, version.version) == ("late@v1", "flights", 1)
    assert (version.metrics, version.importances) == ({"roc_auc": 0.71}, {"거리(km)": 1.0})
    assert (version.created_at, version.aliases) == (clock.now, ())


def test_a_metric_that_is_not_a_number_is_still_one_when_it_comes_back(store: Store):
    with store.write() as tx:
        run = tx.runs.start(new_run())
        version = tx.models.register(new_model_version(run.id, metrics={"auc": math.nan}))

    assert math.isnan(version.metrics["auc"])


def test_a_run_is_registered_once(store: Store):
    with store.write() as tx:
        run = tx.runs.start(new_run())
        first = tx.models.register(new_model_version(run.id))
        again = tx.models.register(new_model_version(run.id, created_by="bob"))

        assert again == first
        assert tx.models.count("late") == 1


def test_versions_are_numbered_model_by_model(store: Store):
    with store.write() as tx:
        for _ in range(3):
            registered(tx)
        run = tx.runs.start(new_run())
        other = tx.models.register(new_model_version(run.id, model="early"))

        assert other.number == 1
        assert [one.number for one in tx.models.newest("late", limit=2)] == [3, 2]
        assert [one.number for one in tx.models.newest("late", offset=2)] == [1]
        assert [model.name for model in tx.models.all()] == ["early", "late"]


def test_unknown_models_and_versions_are_named(store: Store):
    with store.write() as tx:
        registered(tx)

        with pytest.raises(NotFound, match=r"'lat'.\nDid you mean 'late'"):
            tx.models.get("lat")
        with pytest.raises(NotFound, match=r"late@v9'.\n.*late@v1"):
            tx.models.version("late", 9)


def test_an_alias_points_nowhere_until_it_is_moved(store: Store):
    with store.write() as tx:
        registered(tx)

        assert tx.models.at("late") is None
        assert tx.models.champions() == ()


def test_an_alias_moves_from_where_it_is_expected(store: Store):
    with store.write() as tx:
        for _ in range(2):
            registered(tx)
        move(tx, to=1, expected=None)
        move(tx, to=2, expected=1)
        move(tx, to=1, expected=None, alias="frozen")

        assert tx.models.at("late").number == 2
        assert [one.aliases for one in tx.models.newest("late")] == [("champion",), ("frozen",)]
        assert [one.label for one in tx.models.champions()] == ["late@v2"]


@pytest.mark.parametrize(
    ("expected", "words"),
    [(None, "at nothing but is at v1"), (2, "at v2 but is at v1")],
    ids=["nothing", "another"],
)
def test_an_alias_does_not_move_when_it_moved_meanwhile(
    store: Store, expected: int | None, words: str
):
    with store.write() as tx:
        for _ in range(2):
            registered(tx)
        move(tx, to=1, expected=None)

        with pytest.raises(AliasMoved, match=f"late@champion was expected {words}"):
            move(tx, to=2, expected=expected)
        assert tx.models.at("late").number == 1
        assert len(tx.models.moves("late")) == 1


def test_an_alias_moves_only_to_a_version_that_exists(store: Store):
    with store.write() as tx:
        registered(tx)

        with pytest.raises(NotFound):
            move(tx, to=2, expected=None)


def test_every_move_of_an_alias_is_kept_newest_first(store: Store, clock: Clock):
    with store.write() as tx:
        for _ in range(3):
            registered(tx)
        move(tx, to=1, expected=None, alias="frozen")
        for expected, to in ((None, 1), (1, 2), (2, 3), (3, 2)):
            move(tx, to=to, expected=expected)
        moves = tx.models.moves("late", limit=3)

    assert [(one.from_number, one.to_number) for one in moves] == [(3, 2), (2, 3), (1, 2)]
    assert {(one.who, one.why, one.at) for one in moves} == {("ann", "gate passed", clock.now)}


def test_the_moves_of_all_aliases_are_one_list(store: Store):
    with store.write() as tx:
        registered(tx)
        move(tx, to=1, expected=None, alias="frozen")
        move(tx, to=1, expected=None)

        assert [one.alias for one in tx.models.moves("late", None)] == ["champion", "frozen"]
        assert tx.models.aliases("late") == {"champion": 1, "frozen": 1}


def test_an_alias_is_taken_away_from_where_it_is_expected(store: Store):
    with store.write() as tx:
        registered(tx)
        move(tx, to=1, expected=None)
        with pytest.raises(AliasMoved):
            tx.models.drop_alias("late", "champion", expected=2, who="ann", why="no")
        tx.models.drop_alias("late", "champion", expected=1, who="bob", why="it is wrong")

        assert tx.models.at("late") is None
        newest = tx.models.moves("late")[0]
        assert (newest.from_number, newest.to_number, newest.who) == (1, None, "bob")


def test_an_override_stays_with_the_version_wherever_the_alias_goes(store: Store):
    with store.write() as tx:
        for _ in range(2):
            registered(tx)
        tx.models.move_alias(
            "late", "champion", to=1, expected=None, who="ann", why="now", override="by hand"
        )
        move(tx, to=2, expected=1)

        assert [one.override for one in tx.models.newest("late")] == [None, "by hand"]
        assert [one.override for one in tx.models.moves("late")] == [None, "by hand"]


def test_the_intervals_of_metrics_come_back_as_pairs(store: Store):
    with store.write() as tx:
        run = tx.runs.start(new_run())
        intervals = {"roc_auc": (0.69, 0.73)}
        version = tx.models.register(new_model_version(run.id, intervals=intervals))

    assert version.intervals == intervals


def test_notes_and_tags_are_all_that_changes_of_a_version(store: Store):
    with store.write() as tx:
        before = registered(tx)
        tx.models.annotate(before, note="for the audit", tags={"owner": "ann", "old": "yes"})
        after = tx.models.annotate(before, tags={"old": None, "area": "비행"})

    assert (after.note, after.tags) == ("for the audit", {"area": "비행", "owner": "ann"})
    assert replace(after, note="", tags={}) == before


def test_a_number_is_never_given_twice(store: Store):
    with store.write() as tx:
        run = tx.runs.start(new_run())
        tx.models.remove(tx.models.register(new_model_version(run.id)))
        again = tx.models.register(new_model_version(run.id))

        assert again.number == 2
        assert tx.models.get("late").next_number == 3
        with pytest.raises(NotFound):
            tx.models.version("late", 1)


def test_a_version_that_an_alias_points_at_is_kept(store: Store):
    with store.write() as tx:
        version = registered(tx)
        move(tx, to=1, expected=None)
        move(tx, to=1, expected=None, alias="frozen")

        with pytest.raises(Conflict, match="late@v1 is champion and frozen, so it is kept"):
            tx.models.remove(version)
        assert tx.models.count("late") == 1


def test_proofs_that_were_repeated_are_kept_newest_first_and_go_with_their_version(store: Store):
    with store.write() as tx:
        version = registered(tx)
        for flips in (0, 2):
            tx.models.add_verification(version, replace(PARITY, flips=flips), who="ann")
        found = tx.models.verifications(version)

        assert [one.parity.flips for one in found] == [2, 0]
        assert found[0].parity.worst == PARITY.worst
        tx.models.remove(version)
        assert tx.models.verifications(version) == ()


def test_a_version_from_a_file_names_its_source_and_the_rows_it_was_proved_on(store: Store):
    file = {"source": "late.onnx, sha256 ab12", "native_blob": None}
    with store.write() as tx:
        accepted_version(tx, "a")
        new = new_model_version(None, **file, dataset="flights", version=1)
        first, again = tx.models.register(new), tx.models.register(new)
        other = tx.models.register(replace(new, source="late.onnx, sha256 cd34"))

    assert (first.run_id, first.origin, first.dataset, first.version) == (
        None,
        "late.onnx",
        "flights",
        1,
    )
    assert (again.id, other.number) == (first.id, 2)


def test_versions_are_found_by_their_run_and_by_their_rows(store: Store):
    with store.write() as tx:
        rows = accepted_version(tx, "a")
        run = tx.runs.start(new_run(dataset="flights", version=1))
        made = [tx.models.register(new_model_version(run.id, model=name)) for name in ("b", "a")]
        registered(tx)

        assert [one.label for one in tx.models.of_run(run.id)] == ["a@v1", "b@v1"]
        assert tx.models.of_rows(rows.id) == tuple(reversed(made))


def test_the_first_version_is_the_oldest_that_is_left(store: Store):
    with store.write() as tx:
        first = registered(tx)
        registered(tx)
        tx.models.remove(first)

        assert tx.models.first("late").number == 2
        tx.models.remove(tx.models.first("late"))
        with pytest.raises(NotFound, match="late has no version"):
            tx.models.first("late")


@pytest.mark.slow
def test_of_processes_that_promote_at_once_exactly_one_wins(tmp_path: Path):
    store = Store.create(tmp_path, program="test")
    with store.write() as tx:
        for _ in range(3):
            registered(tx)
        move(tx, to=1, expected=None)
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        won = pool.starmap(programs.promote, [(tmp_path, 2), (tmp_path, 3)], chunksize=1)
    with store.read() as tx:
        champion = tx.models.at("late")
        moves = tx.models.moves("late")
    store.close()

    assert sorted(won) == [False, True]
    assert champion is not None
    assert champion.number == 2 + won.index(True)
    assert [one.to_number for one in moves] == [champion.number, 1]
