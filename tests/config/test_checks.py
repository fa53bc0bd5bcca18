"""What workbench.toml can ask of a dataset's rows, and what is said of a mistake in it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.frames import expressions
from storage.records import OnFail
from workbench import config
from workbench.config import (
    ColumnCheck,
    ColumnReference,
    Language,
    PredicateCheck,
    QuantileRange,
    Range,
    Terms,
    UniqueCheck,
)
from workbench.errors import ConfigInvalid

DUCKDB = Language(
    expression_mistake=expressions.expression_mistake,
    pattern_mistake=expressions.pattern_mistake,
    type_named=expressions.type_named,
)
TEXT = """
[project]
name = "shop"
[datasets.stations]
[datasets.sales]
[datasets.sales.checks]
{asked}
"""


def read(asked: str) -> config.DatasetConfig:
    return config.parse(TEXT.format(asked=asked), file="f", language=DUCKDB).datasets["sales"]


def column(asked: str) -> ColumnCheck:
    (check,) = read(f'columns."가격" = {{ {asked} }}').columns
    return check


def mistakes(asked: str) -> list[str]:
    with pytest.raises(ConfigInvalid) as caught:
        read(asked)
    return [line.removeprefix("f: ") for line in caught.value.problem.splitlines()]


ASKED = {
    'in = ["a", 1, 2.5, true]': {"within": ("a", "1", "2.5", "true")},
    'not_in = ["", "N/A"]': {"not_within": ("", "N/A")},
    "regex = '^\\d+''$'".replace("''", "x"): {"pattern": "^\\d+x$"},
    "length = { min = 2, max = 5 }": {"length": Range(least=2, most=5)},
    "length = { max = 5 }": {"length": Range(most=5)},
    "mean = { min = -1.5 }": {"mean": Range(least=-1.5)},
    "std = { max = 3 }": {"std": Range(most=3)},
    "quantile = { q = 0.5, min = 1, max = 2 }": {
        "quantiles": (QuantileRange(q=0.5, within=Range(least=1, most=2)),)
    },
    "quantile = [{ q = 0.1, min = 1 }, { q = 0.9, max = 2 }]": {
        "quantiles": (
            QuantileRange(q=0.1, within=Range(least=1)),
            QuantileRange(q=0.9, within=Range(most=2)),
        )
    },
    'type = "text"': {"type": "VARCHAR"},
    'freshness = "2d"': {"freshness": timedelta(days=2)},
    "monotonic = true": {"monotonic": True},
    'less_than = "정가"': {"less_than": "정가"},
    'at_most = "정가"': {"at_most": "정가"},
    'equal_to = "정가"': {"equal_to": "정가"},
    'references = "stations.지점.id"': {
        "references": ColumnReference(dataset="stations", column="지점.id")
    },
    """where = '"이 ""름" > 3'""": {"where": '"이 ""름" > 3'},
    'at_least = 0.99, on_fail = "warn"': {"at_least": 0.99, "on_fail": OnFail.WARN},
}


@pytest.mark.parametrize(("text", "fields"), ASKED.items(), ids=ASKED)
def test_each_kind_of_check_of_a_column_is_read(text, fields):
    assert column(text) == ColumnCheck(column="가격", **fields)


def test_a_column_may_have_several_checks_on_terms_of_their_own():
    found = read('columns.a = [{ min = 0 }, { max = 9, on_fail = "warn" }]').columns

    assert found == (
        ColumnCheck(column="a", minimum=0),
        ColumnCheck(column="a", maximum=9, on_fail=OnFail.WARN),
    )


def test_sets_of_columns_are_unique_together():
    asked = 'table.unique = [["a", "b"], { columns = ["c"], at_least = 0.9, where = "c > 1" }]'

    assert read(asked).table.unique == (
        UniqueCheck(columns=("a", "b")),
        UniqueCheck(columns=("c",), terms=Terms(at_least=0.9, where="c > 1")),
    )


def test_predicates_stand_by_name():
    asked = 'sql."싼 것" = "a < b"\nsql.more = { predicate = "a > 1", on_fail = "warn" }'

    assert read(asked).table.predicates == (
        PredicateCheck(name="싼 것", predicate="a < b"),
        PredicateCheck(name="more", predicate="a > 1", terms=Terms(on_fail=OnFail.WARN)),
    )


def test_rows_may_be_counted_where_something_holds():
    table = read('table.rows = { min = 5, where = "a = 1" }').table

    assert (table.min_rows, table.where) == (5, "a = 1")


MISTAKES = {
    "bad pattern": (
        'columns.a.regex = "["',
        (
            '[datasets.sales.checks.columns.a] regex = "[": '
            "allowed is a regular expression of RE2; missing ]: ["
        ),
    ),
    "pattern of another language": (
        'columns.a.regex = "a(?=b)"',
        (
            '[datasets.sales.checks.columns.a] regex = "a(?=b)": '
            "allowed is a regular expression of RE2; invalid perl operator: (?="
        ),
    ),
    "no pattern": (
        "columns.a.regex = 3",
        "[datasets.sales.checks.columns.a] regex = 3: allowed is a regular expression",
    ),
    "two expressions": (
        'columns.a.where = "a, b"',
        (
            '[datasets.sales.checks.columns.a] where = "a, b": '
            "allowed is one SQL expression about a row; it is more than one expression"
        ),
    ),
    "a query": (
        "sql.x = \"a IN (FROM 'b.csv')\"",
        (
            "[datasets.sales.checks.sql] x = \"a IN (FROM 'b.csv')\": "
            "allowed is one SQL expression about a row; it holds a query of its own"
        ),
    ),
    "an aggregate": (
        'sql.x = "sum(a) > 1"',
        (
            '[datasets.sales.checks.sql] x = "sum(a) > 1": '
            "allowed is one SQL expression about a row; sum is about many rows, not about one"
        ),
    ),
    "a predicate of its own table": (
        'sql.x = { on_fail = "warn" }',
        "[datasets.sales.checks.sql.x] needs predicate, what is true of each row",
    ),
    "no range": (
        "columns.a.mean = {}",
        "[datasets.sales.checks.columns.a.mean] needs min or max, or both",
    ),
    "crossed range": (
        "columns.a.length = { min = 5, max = 2 }",
        "[datasets.sales.checks.columns.a.length] min = 5: larger than max, which is 2",
    ),
    "negative spread": (
        "columns.a.std = { max = -1 }",
        "[datasets.sales.checks.columns.a.std] max = -1: allowed is a number, 0 or more",
    ),
    "no quantile": (
        "columns.a.quantile = { min = 5 }",
        "[datasets.sales.checks.columns.a.quantile] needs q, such as 0.5 for the median",
    ),
    "quantile beyond one": (
        "columns.a.quantile = { q = 50, min = 5 }",
        "[datasets.sales.checks.columns.a.quantile] q = 50: allowed is a number from 0 to 1",
    ),
    "no type": (
        'columns.a.type = "number"',
        (
            '[datasets.sales.checks.columns.a] type = "number": allowed is a DuckDB type, '
            "such as VARCHAR, BIGINT, DOUBLE, DATE or TIMESTAMP"
        ),
    ),
    "no age": (
        'columns.a.freshness = "0d"',
        '[datasets.sales.checks.columns.a] freshness = "0d": allowed is more than zero',
    ),
    "itself": (
        'columns.a.less_than = "a"',
        '[datasets.sales.checks.columns.a] less_than = "a": allowed is another column',
    ),
    "no reference": (
        'columns.a.references = "stations"',
        (
            '[datasets.sales.checks.columns.a] references = "stations": '
            "allowed is a dataset and its column, such as stations.id"
        ),
    ),
    "unknown dataset": (
        'columns.a.references = "station.id"',
        (
            '[datasets.sales.checks.columns.a] references = "station.id": there is no dataset '
            'station; known are stations, sales; did you mean "stations"?'
        ),
    ),
    "one set of columns": (
        'table.unique = ["a", "b"]',
        (
            '[datasets.sales.checks.table] unique = ["a", "b"]: '
            'allowed are sets of columns, such as [["station", "day"]]'
        ),
    ),
    "no columns": (
        'table.unique = [{ on_fail = "warn" }]',
        (
            "[datasets.sales.checks.table.unique] needs columns, "
            "the names of the columns that occur once together"
        ),
    ),
    "no table": (
        "columns.a = 3",
        "[datasets.sales.checks.columns] a = 3: allowed is a table, or an array of tables",
    ),
    "unknown key in an array": (
        "columns.a = [{ min = 1 }, { mim = 2 }]",
        (
            "[datasets.sales.checks.columns.a] mim = 2: unknown key; known are not_null, min, max, in, "
            "not_in, regex, length, max_categories, max_null_share, unique, references, mean, std, "
            "quantile, less_than, at_most, equal_to, type, freshness, monotonic, at_least, on_fail, "
            'where; did you mean "min"?'
        ),
    ),
    "unknown kind of check": (
        "rows = { min = 1 }",
        "[datasets.sales.checks.rows] is an unknown table: known are table, sql, columns",
    ),
}


@pytest.mark.parametrize(("asked", "mistake"), MISTAKES.values(), ids=MISTAKES)
def test_one_mistake_is_reported_alone_and_in_full(asked, mistake):
    assert mistakes(asked) == [mistake]


def test_a_wrong_reference_in_an_array_is_reported_once():
    asked = 'columns.a = [{ min = 1 }, { references = "x.id" }]'

    assert len(mistakes(asked)) == 1


def test_without_a_judge_the_text_is_taken_as_it_is():
    text = TEXT.format(asked='columns.a = { regex = "[", where = "a, b", type = "number" }')
    (check,) = config.parse(text, file="f").datasets["sales"].columns

    assert (check.pattern, check.where, check.type) == ("[", "a, b", "NUMBER")
