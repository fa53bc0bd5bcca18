from __future__ import annotations

from datetime import timedelta
from typing import Any

from storage.records import (
    ColumnDrift,
    ColumnKind,
    Comparison,
    DriftVerdict,
    EvaluationRole,
    ModelVersion,
    Version,
)
from storage.store import Store, Transaction
from tests.storage.examples import (
    NOW,
    Clock,
    accepted_version,
    new_model_version,
    new_run,
    partition,
    registered,
)


def column(name: str, **fields: Any) -> ColumnDrift:
    known = {
        "name": name,
        "kind": ColumnKind.NUMERIC,
        "verdict": DriftVerdict.STABLE,
        "effect": 0.05,
        "p_value": 0.2,
        "p_adjusted": 0.4,
        "limit": 0.1,
        "limit_source": "default",
        "rows": 1000,
        "psi": 0.01,
        "wasserstein": 0.02,
        "jensen_shannon": 0.03,
        "null_share_reference": 0.0,
        "null_share": 0.5,
        "new_value_share": 0.0,
    }
    return ColumnDrift(**{**known, **fields})


def comparison(*columns: ColumnDrift) -> Comparison:
    return Comparison(verdict=DriftVerdict.DRIFT, rows=1000, reference_rows=5000, columns=columns)


def keep(tx: Transaction, version: Version, against: ModelVersion, found: Comparison) -> int:
    return tx.drift.keep(
        version,
        found,
        against=against,
        reference="training rows of late v1",
        sentence="temp drifted",
        decision="no action",
    )


def test_a_report_comes_back_with_all_its_columns(store: Store, clock: Clock):
    columns = (
        column("온도", effect=0.3, verdict=DriftVerdict.DRIFT, importance=0.7),
        column("carrier", kind=ColumnKind.CATEGORICAL, effect=0.2, wasserstein=None),
    )
    span = partition("a", first_time=NOW, last_time=NOW + timedelta(days=30))
    with store.write() as tx:
        dataset = tx.datasets.ensure("flights")
        version = tx.datasets.begin_version(dataset, [span], replace=False, who="ann")
        keep(tx, version, registered(tx), comparison(*columns))
        (report,) = tx.drift.newest()

    assert report.comparison == comparison(*columns)
    assert (report.dataset, report.version, report.model, report.model_version) == (
        "flights",
        1,
        "late",
        1,
    )
    assert (report.window_start, report.window_end) == (NOW, NOW + timedelta(days=30))
    assert (report.sentence, report.created_at) == ("temp drifted", clock.now)


def test_columns_are_listed_by_effect_then_name(store: Store):
    columns = [column("b", effect=0.1), column("a", effect=0.1), column("c", effect=0.9)]
    with store.write() as tx:
        keep(tx, accepted_version(tx, "a"), registered(tx), comparison(*columns))
        (report,) = tx.drift.newest()

    assert [one.name for one in report.comparison.columns] == ["c", "a", "b"]


def test_a_report_on_the_same_rows_against_the_same_model_replaces_the_earlier_one(store: Store):
    with store.write() as tx:
        version, against = accepted_version(tx, "a"), registered(tx)
        keep(tx, version, against, comparison(column("a"), column("b")))
        keep(tx, version, registered(tx), comparison(column("c")))
        (report,) = tx.drift.newest()

    assert [one.name for one in report.comparison.columns] == ["c"]
    assert report.model_version == 2


def test_reports_are_listed_newest_first_by_dataset_or_model(store: Store):
    with store.write() as tx:
        late = registered(tx)
        early = tx.models.register(new_model_version(tx.runs.start(new_run()).id, model="early"))
        flights, weather = accepted_version(tx, "a"), accepted_version(tx, "a", dataset="weather")
        for version, against in ((flights, late), (weather, late), (flights, early)):
            keep(tx, version, against, comparison(column("a")))

        def ids(**options: Any) -> list[int]:
            return [report.id for report in tx.drift.newest(**options)]

        assert ids() == [3, 2, 1]
        assert (ids(dataset="flights"), ids(model="late")) == ([3, 1], [2, 1])
        assert ids(dataset="flights", model="late") == [1]
        assert ids(limit=1, offset=1) == [2]
        assert (ids(dataset="none"), ids(model="none")) == ([], [])


def evaluation(role: EvaluationRole, value: float = 0.7) -> dict[str, object]:
    return {
        "model_version": 1,
        "role": role,
        "metric": "roc_auc",
        "value": value,
        "low": value - 0.01,
        "high": value + 0.01,
        "rows": 900,
        "source": "predictions",
    }


def test_evaluations_come_oldest_window_first(store: Store):
    with store.write() as tx:
        model = tx.models.ensure("late", experiment="late")
        for name in "ab":
            version = accepted_version(tx, name)
            roles = (EvaluationRole.FROZEN, EvaluationRole.CHAMPION)
            tx.drift.evaluate(model, version, [evaluation(role) for role in roles])
        found = tx.drift.evaluations(model)

    assert [(one.version, one.role.value) for one in found] == [
        (1, "champion"),
        (1, "frozen"),
        (2, "champion"),
        (2, "frozen"),
    ]
    assert (found[0].value, found[0].low, found[0].high, found[0].rows) == (0.7, 0.69, 0.71, 900)


def test_a_window_that_is_evaluated_again_replaces_what_was_found(store: Store):
    with store.write() as tx:
        model = tx.models.ensure("late", experiment="late")
        version = accepted_version(tx, "a")
        tx.drift.evaluate(model, version, [evaluation(EvaluationRole.CHAMPION, 0.5)])
        tx.drift.evaluate(model, version, [evaluation(EvaluationRole.CHAMPION, 0.6)])
        kept = [one.value for one in tx.drift.evaluations(model)]
        tx.drift.evaluate(model, version, [])

        assert (kept, tx.drift.evaluations(model)) == ([0.6], ())
