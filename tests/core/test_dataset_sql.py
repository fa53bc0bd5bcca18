"""References to datasets in SQL."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import NotFound
from workbench.core.dataset_sql import condition, pointed, reference, rewrite
from workbench.errors import UsageError

KNOWN = ("flights", "판매", "my-flights", "2013", "a", "Loans", "loans")


def views(sql: str) -> list[str]:
    return [one.view for one in rewrite(sql, KNOWN).references]


@pytest.mark.parametrize(
    ("sql", "rewritten"),
    [
        ("select * from flights@v3", 'select * from "flights@v3"'),
        ("from flights@v3.carrier", 'from "flights@v3".carrier'),
        ("from flights@latest f, 판매@v12", 'from "flights@latest" f, "판매@v12"'),
        ('from "flights"@2013-04 x', 'from "flights@2013-04" x'),
        ("from FLIGHTS@V3", 'from "flights@V3"'),
        ("from my-flights@v1", 'from "my-flights@v1"'),
        ("select 1-flights@v1.n", 'select 1-"flights@v1".n'),
        ("from 2013@2013", 'from "2013@2013"'),
        ("from flights@v3;", 'from "flights@v3" '),
        ("select 1 ; ; -- end;", "select 1     -- end;"),
    ],
)
def test_a_reference_becomes_the_name_of_a_view(sql, rewritten):
    assert rewrite(sql, KNOWN).sql == rewritten


@pytest.mark.parametrize(
    "sql",
    [
        "select 'flights@v3'",
        "select 'it''s flights@v3'",
        r"select e'it\'s flights@v3'",
        "select $$flights@v3$$, $x$ flights@v9 $$ $x$",
        'select "flights@v3" from t',
        "select 1 -- flights@v3",
        "select /* /* */ flights@v3 */ 1",
        "select @ -3, a @> b, x <@ y",
        "select 1; select 2",
        "select 'flights@v3",
    ],
)
def test_what_is_no_reference_stays(sql):
    rewritten = rewrite(sql, KNOWN)

    assert rewritten.sql == sql
    assert all(one.is_bare for one in rewritten.references)


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("from flights, 판매", ["flights", "판매"]),
        ('from "flights" join "my-flights" using (id)', ["flights", "my-flights"]),
        ("from FLIGHTS", ["flights"]),
        ("select x.flights from t", []),
        ("select flights(1), a (2)", []),
        ("select 'flights'", []),
        ("with flights as (select 1) from flights", ["flights"]),
        ("from flights, flights@latest, flights@v1, flights@v1", ["flights", "flights@latest", "flights@v1"]),
        ("from Loans, loans@v1", ["Loans", "loans@v1"]),
        ("from LOANS", []),
    ],
)  # fmt: skip
def test_plain_names_of_datasets_get_views_too(sql, found):
    assert views(sql) == found


def test_versions_of_datasets_that_differ_in_case_alone_get_views_that_do_not():
    rewritten = rewrite("from Loans@v1, loans@v1", KNOWN)

    assert rewritten.sql == 'from "Loans@v1", "loans@v1\'"'
    assert [one.dataset for one in rewritten.references] == ["Loans", "loans"]


def test_plain_names_that_differ_in_case_alone_are_refused():
    with pytest.raises(UsageError, match=r"loans is not the only .* \(line 1, column 13\)"):
        rewrite("from Loans, loans", KNOWN)


@pytest.mark.parametrize(
    ("which", "start", "end"),
    [
        ("2013", (2013, 1, 1), (2014, 1, 1)),
        ("2012", (2012, 1, 1), (2013, 1, 1)),
        ("2013-04", (2013, 4, 1), (2013, 5, 1)),
        ("2013-12", (2013, 12, 1), (2014, 1, 1)),
        ("2012-02-29", (2012, 2, 29), (2012, 3, 1)),
        ("2013-12-31", (2013, 12, 31), (2014, 1, 1)),
    ],
)
def test_a_period_ends_where_the_next_one_begins(which, start, end):
    (found,) = rewrite(f"from flights@{which}", KNOWN).references

    assert (found.version, found.start, found.end) == (
        None,
        datetime(*start, tzinfo=UTC),
        datetime(*end, tzinfo=UTC),
    )


@given(st.dates(max_value=date(9998, 12, 31)))
def test_every_day_lies_in_its_day_its_month_and_its_year(day):
    at = datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC)
    for which in (day.isoformat()[:4], day.isoformat()[:7], day.isoformat()):
        found = reference(f"flights@{which}", KNOWN)

        assert found.start <= at < found.end


@pytest.mark.parametrize(("which", "number"), [("v3", 3), ("3", 3), ("V12", 12), ("v2013", 2013)])
def test_a_number_is_a_version(which, number):
    (found,) = rewrite(f"from flights@{which}", KNOWN).references

    assert (found.version, found.start, found.end) == (number, None, None)


@pytest.mark.parametrize(
    "which", ["x", "v", "v3x", "2013-13", "2013-02-30", "2013-4", "v3-1", "newest", "v²"]
)
def test_what_is_neither_version_nor_period_is_pointed_at(which):
    with pytest.raises(UsageError) as caught:
        rewrite(f"select 1\nfrom flights@{which}", KNOWN)

    assert caught.value.problem == (
        f"'flights@{which}' names neither a version nor a period (line 2, column 6)."
    )
    assert caught.value.remedy.splitlines()[:2] == [f"  from flights@{which}", "       ^"]


def test_an_unknown_dataset_is_pointed_at_and_the_nearest_one_named():
    with pytest.raises(NotFound) as caught:
        rewrite("select '가나' from flihgts@v3", KNOWN)

    problem = caught.value
    assert problem.problem == "No dataset is called 'flihgts' (line 1, column 18)."
    assert problem.remedy.splitlines()[1] == "  " + " " * len("select '가나' from ") + "  ^"
    assert "Did you mean 'flights'?" in problem.remedy


@pytest.mark.parametrize(
    ("label", "version"), [("flights", None), ("flights@", None), ("판매@v3", 3), ("판매@latest", None)]
)  # fmt: skip
def test_a_label_means_what_a_reference_means(label, version):
    found = reference(label, KNOWN)

    assert (found.dataset, found.version) == (label.partition("@")[0], version)


def test_a_label_of_no_dataset_is_not_found():
    with pytest.raises(NotFound, match="Did you mean 'flights'"):
        reference("flight@v3", KNOWN)


PIECES = {
    "from": "from",
    "'flights@v1'": "'flights@v1'",
    "판매@v2": '"판매@v2"',
    "flights@latest": '"flights@latest"',
    '"flights"@2013': '"flights@2013"',
    "-- 판매@v1\n": "-- 판매@v1\n",
    "/* flights@v1 */": "/* flights@v1 */",
    '"flights@v1"': '"flights@v1"',
    "$$판매@v1$$": "$$판매@v1$$",
    "flights": "flights",
    "(": "(",
}


@given(st.lists(st.sampled_from(sorted(PIECES))))
def test_only_references_change_wherever_they_stand(pieces):
    assert rewrite(" ".join(pieces), KNOWN).sql == " ".join(PIECES[one] for one in pieces)


@given(st.lists(st.sampled_from(sorted(PIECES))))
def test_places_in_the_rewritten_sql_follow_those_in_the_original(pieces):
    sql = " ".join(pieces)
    rewritten = rewrite(sql, KNOWN)

    places = [rewritten.original(position) for position in range(len(rewritten.sql) + 1)]
    assert places == sorted(places)
    assert all(0 <= one <= len(sql) for one in places)


def test_the_end_of_the_rewritten_sql_is_the_end_of_the_original():
    rewritten = rewrite("select * from 판매@v3 where x", KNOWN)

    assert rewritten.original(len(rewritten.sql)) == len("select * from 판매@v3 where x")
    assert rewritten.original(rewritten.sql.index("where")) == 20
    assert rewritten.original(rewritten.sql.index("v3")) == 14


@pytest.mark.parametrize("text", ["a > 1", "(a) or (b)", "name = ')' -- )", 'x = "a;)"', "f(g(1))"])
def test_a_condition_stays_as_it_is(text):
    assert condition(text) == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "The condition is empty"),
        (" -- nothing", "The condition is empty"),
        ("true) or (true", r"'\)' ends the condition \(line 1, column 5\)"),
        ("1; drop table x", "';' ends the condition"),
        ("(a > 1", "A bracket is not closed"),
    ],
)
def test_a_condition_that_would_be_more_than_one_is_refused(text, says):
    with pytest.raises(UsageError, match=says):
        condition(text)


def test_a_problem_keeps_its_kind_and_remedy_when_it_is_pointed_at():
    problem = pointed(NotFound("It is gone.", "Look elsewhere."), "ab", 1)

    assert isinstance(problem, NotFound)
    assert str(problem) == "It is gone (line 1, column 2).\n  ab\n   ^\nLook elsewhere."


@pytest.mark.parametrize(
    ("sql", "rewritten", "logged"),
    [
        ("from predictions('late')", 'from "predictions of late"', [("predictions", "late")]),
        (
            "from LABELS ( 'a''b' ) x, labels('a''b')",
            'from "labels of a\'b"    x, "labels of a\'b"',
            [("labels", "a'b")],
        ),
        ("select predictions from flights", "select predictions from flights", []),
        ("select x.predictions('a')", "select x.predictions('a')", []),
        ("select 'predictions(''late'')'", "select 'predictions(''late'')'", []),
    ],
    ids=["plain", "twice", "a column", "a method", "a text"],
)
def test_what_was_kept_of_a_model_is_a_view(sql, rewritten, logged):
    found = rewrite(sql, KNOWN)

    assert found.sql == rewritten
    assert [(one.noun, one.model) for one in found.logged] == logged


def test_models_whose_names_differ_in_case_alone_have_views_of_their_own():
    found = rewrite("from predictions('Late'), predictions('late')", KNOWN)

    assert [one.view for one in found.logged] == ["predictions of Late", "predictions of late'"]


def test_a_call_without_a_name_in_quotes_is_told_what_to_write():
    with pytest.raises(UsageError, match="predictions is called with the name of a model") as told:
        rewrite("from predictions(late)", KNOWN)

    assert told.value.remedy.endswith("Write: from predictions('NAME').")
