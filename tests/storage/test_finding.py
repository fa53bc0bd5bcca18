"""Conditions on runs as SQL: they find what the same condition holds for in Python."""

from __future__ import annotations

import itertools
import math
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.records import Metric, Run, RunState
from storage.records.filters import Field
from storage.store import Store
from tests.storage.examples import Clock, new_run
from workbench.core import filters
from workbench.errors import UsageError
from workbench.services.run_finding import fields_of, names_of

NUMBERS = (0.0, -1.5, 0.7, 3.0, 1e300, math.nan, math.inf, -math.inf)
VALUES = (
    *NUMBERS,
    12,
    2**60,
    True,
    False,
    None,
    "",
    "lgbm",
    "LGBM",
    "0.7",
    "nan",
    "A_b%",
    "É",
    "가",
)
TEXTS = ("late", "Late 2", "", "a%b", "É", "가나")
OPERATORS = ("=", "!=", "<", "<=", ">", ">=", ":", "like", "in", "not in", "is null", "is not null")
WORDS = ("0.7", "3", "-1.5", "nan", "inf", "-inf", "1e300", "true", "'lgbm'", "'L'", "'%b%'", "'0.7'",
         "'A_B%'", "É", "가", "''", "r2", "2", "late", "'2026-01-01'", "finished", "-3")  # fmt: skip
NAMES = ("run", "name", "state", "experiment", "seed", "started", "took", "note", "parent", "data",
         "metrics.auc", "metrics.loss", "params.rate", "params.kind", "auc", "kind")  # fmt: skip


def comparison(name: str, operator: str, word: str) -> str:
    """`name operator word`, with what each operator wants behind it."""
    if operator.endswith("null"):
        return f"{name} {operator}"
    return (
        f"{name} {operator} ({word}, 3)" if operator.endswith("in") else f"{name} {operator} {word}"
    )


COMPARISONS = st.builds(
    comparison, st.sampled_from(NAMES), st.sampled_from(OPERATORS), st.sampled_from(WORDS)
)
CONDITIONS = st.recursive(
    COMPARISONS | st.sampled_from(["late", "'E'", "r1", "x"]),
    lambda inner: st.one_of(
        inner.map("not ({})".format),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}) and ({pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}) or ({pair[1]})"),
    ),
    max_leaves=4,
)
RUNS = st.fixed_dictionaries(
    {
        "name": st.sampled_from(TEXTS),
        "experiment": st.sampled_from(["late", "e2"]),
        "params": st.dictionaries(st.sampled_from(["rate", "kind"]), st.sampled_from(VALUES)),
        "seed": st.sampled_from([0, 3, 7]),
    }
)
METRICS = st.dictionaries(st.sampled_from(["auc", "loss"]), st.sampled_from(NUMBERS))


def kept(store: Store, clock: Clock, fields: dict[str, object], metrics: dict[str, float]) -> Run:
    with store.write() as tx:
        run = tx.runs.start(new_run(**fields))
        tx.runs.set_metrics(
            run.id, [Metric(key=key, value=value, step=1) for key, value in metrics.items()]
        )
    clock.now += timedelta(seconds=3)
    if run.id % 2:
        with store.write() as tx:
            tx.runs.end(run.id, state=RunState.FINISHED)
    with store.read() as tx:
        return tx.runs.get(run.id)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    runs=st.lists(st.tuples(RUNS, METRICS), min_size=1, max_size=4),
    conditions=st.lists(CONDITIONS, min_size=5, max_size=20),
)
def test_sql_finds_the_runs_that_a_condition_holds_for(store, clock, runs, conditions):
    found = [kept(store, clock, fields, metrics) for fields, metrics in runs]
    first = min(run.id for run in found)
    with store.read() as tx:
        known = names_of(tx)
    for text in conditions:
        try:
            condition = filters.parse(text, names=known)
        except UsageError:
            continue
        with store.read() as tx:
            by_sql = {run.id for run in tx.runs.find(condition, limit=10_000) if run.id >= first}

        by_rule = {run.id for run in found if filters.holds(condition, fields_of(run))}
        assert by_sql == by_rule, text


@pytest.fixture
def ordered(store: Store, clock: Clock) -> Store:
    """Runs r1 to r5 with a metric that may be infinite or missing, and a param of any kind."""
    metrics = [{"auc": 0.5}, {"auc": math.inf}, {}, {"auc": math.nan}, {"auc": -1.0}]
    params = [2, "b", None, 10, "a"]
    for metric, param in zip(metrics, params, strict=True):
        kept(store, clock, {"params": {"size": param}}, metric)
    return store


@pytest.mark.parametrize(
    ("field", "descending", "expected"),
    [
        (Field(name="auc", group="metrics"), True, [2, 1, 5, 4, 3]),
        (Field(name="auc", group="metrics"), False, [5, 1, 2, 4, 3]),
        (Field(name="size", group="params"), False, [1, 4, 5, 2, 3]),
        (Field(name="started"), False, [1, 2, 3, 4, 5]),
    ],
    ids=["metric down", "metric up", "param", "attribute"],
)
def test_runs_without_what_they_are_sorted_by_come_last(ordered, field, descending, expected):
    everything = filters.parse("")
    with ordered.read() as tx:
        found = tx.runs.find(everything, order=field, descending=descending)

    assert [run.id for run in found] == expected


def test_a_page_of_runs_goes_on_where_the_last_one_ended(ordered):
    everything = filters.parse("")
    with ordered.read() as tx:
        pages = [tx.runs.find(everything, limit=2, offset=offset) for offset in (0, 2, 4)]

    assert [run.id for run in itertools.chain(*pages)] == [5, 4, 3, 2, 1]


CONDITION = "metrics.auc > 0.1 and params.rate = 1 and tags.team = 'red' and data = 'a@v1' or late"


def asked_for(store, recorded, *, limit):
    with store.read() as tx:
        names = names_of(tx)
    condition = filters.parse(CONDITION, names=names)
    with recorded() as sent, store.read() as tx:
        found = tx.runs.find(condition, order=Field(name="auc", group="metrics"), limit=limit)
    return found, [(text, values) for text, values in sent if text.startswith(("SELECT", "WITH"))]


@pytest.fixture
def many(store, clock):
    for number in range(30):
        kept(store, clock, {"params": {"rate": 1}, "name": "late"}, {"auc": number / 10, "loss": 1})
    return store


def test_the_number_of_statements_does_not_grow_with_the_number_of_runs(many, recorded):
    one, few_statements = asked_for(many, recorded, limit=1)
    all_of_them, statements = asked_for(many, recorded, limit=100)

    assert (len(one), len(all_of_them)) == (1, 30)
    assert len(statements) == len(few_statements) <= 4


def test_a_filter_and_sort_look_metrics_params_and_tags_up_by_index(many, recorded):
    _, statements = asked_for(many, recorded, limit=20)

    with many._engine.connect() as connection:
        told = [
            row[3]
            for text, values in statements
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
        ]
    scanned = {line.split()[1] for line in told if line.startswith("SCAN")}
    assert not scanned & {"metrics", "run_params", "tags"}, told
    assert "metric_points" not in "\n".join([*told, *(text for text, _ in statements)])
