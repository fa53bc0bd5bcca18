"""What people write into checks is one harmless expression, or is refused with the reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.frames import condition_mistakes
from storage.frames.expressions import expression_mistake, pattern_mistake, type_named
from storage.records import Column, ColumnKind

COLUMNS = [
    Column(name="a", type="BIGINT", kind=ColumnKind.NUMERIC),
    Column(name='이 "름"', type="VARCHAR", kind=ColumnKind.CATEGORICAL),
]


@pytest.mark.parametrize(
    "text",
    [
        "a > 1",
        "a > 1 -- not two",
        "a BETWEEN 1 AND 2 OR a IS NULL",
        "a /* b */ IN (1, 2)",
        '"이 ""름""" LIKE \'%it\'\'s%\'',
        "CASE WHEN a > 1 THEN true END",
        "d <= current_date",
        "list_contains([1, 2], a)",
        "TRY(CAST(s AS INT)) > 0",
        "a > -1",
    ],
)
def test_an_expression_about_a_row_is_allowed(text):
    assert expression_mistake(text) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a >", "syntax error"),
        ("-- a", "SELECT clause without selection list"),
        ("'a", "unterminated string literal"),
        ("a > 1) FROM t WHERE (true", "syntax error"),
        ("1) + (1", "syntax error"),
        ("a > 1;", "syntax error"),
        ("a > 1; DROP TABLE t", "it is more than one expression"),
        ("a, b", "it is more than one expression"),
        ("a b", "it is more than one expression"),
        ("a FROM t", "it is more than one expression"),
        ("a ORDER BY 1", "it is more than one expression"),
        ("a UNION SELECT 1", "it is more than one expression"),
        ("(SELECT 1) = a", "it holds a query of its own"),
        ("a IN (FROM read_text('/etc/passwd'))", "it holds a query of its own"),
        ("EXISTS (SELECT 1)", "it holds a query of its own"),
        ("a > ALL (SELECT 1)", "it holds a query of its own"),
        ("sum(a) > 1", "sum is about many rows, not about one"),
        ("count(*) > 1", "count_star is about many rows, not about one"),
        ("lag(a) OVER () > 1", "it looks at other rows than its own"),
        ("COLUMNS(*) > 0", "it does not name its columns one by one"),
        ("*", "it does not name its columns one by one"),
        ("a > ?", "it has a parameter, and nothing to put there"),
        ("a > $x", "it has a parameter, and nothing to put there"),
        ("#1 > 0", "it counts columns where it must name them"),
        ("DEFAULT", "DEFAULT means nothing in it"),
        ("random() < a", "random does not give the same answer each time"),
        ("(" * 3000 + "a" + ")" * 3000, "Max expression depth"),
    ],
)
def test_anything_else_is_refused_with_the_reason(text, reason):
    assert expression_mistake(text).startswith(reason)


@given(st.text() | st.text(alphabet="()a1'\"-/*;, $#"))
def test_any_text_is_an_expression_or_refused(text):
    mistake = expression_mistake(text)

    assert mistake is None or (mistake and "\n" not in mistake)


@given(st.text() | st.text(alphabet="()[]{}a1?*+\\^$|"))
def test_any_text_is_a_pattern_or_refused(text):
    mistake = pattern_mistake(text)

    assert mistake is None or mistake


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("^[가-힣]+'s$", None),
        ("[", "missing ]: ["),
        ("a(?=b)", "invalid perl operator: (?="),
    ],
)
def test_a_pattern_is_one_of_re2(pattern, reason):
    assert pattern_mistake(pattern) == reason


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("text", "VARCHAR"),
        ("int", "INTEGER"),
        ("decimal(18, 3)", "DECIMAL(18,3)"),
        ("timestamptz", "TIMESTAMP WITH TIME ZONE"),
        ("number", None),
        ("int) + CAST(1 AS int", None),
        ("int) FROM (SELECT 1", None),
        ("", None),
    ],
)
def test_a_type_has_the_name_that_duckdb_gives_it(name, type_):
    assert type_named(name) == type_


def test_conditions_are_asked_of_columns_by_their_types():
    compared = 'a > "이 ""름"""'
    asked = ["a > 1", "a + 1", "b > 1", compared, "a IS NULL -- x", "NULL"]
    mistakes = condition_mistakes(COLUMNS, asked)

    assert mistakes.pop(compared).startswith(
        "Cannot compare values of type BIGINT and type VARCHAR"
    )
    assert mistakes == {
        "a + 1": "it gives BIGINT, where true or false is needed",
        "b > 1": "there is no column b",
        "NULL": "it gives nothing, where true or false is needed",
    }


def test_without_conditions_nothing_is_asked():
    assert condition_mistakes([], []) == {}
