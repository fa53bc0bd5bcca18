from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.frames.quoting import identifier
from storage.frames.reading.values import Shape, checked, lost, misfit, value, wider

TEXT = identifier("글")
LAW = settings(deadline=None)
NUMBERS = st.one_of(
    st.integers(-(10**20), 10**20).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(-(10**9), 10**9, places=3).map(str),
    st.text("0123456789+-.,e _", max_size=12),
)
WHOLE = {"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64}


@pytest.fixture(scope="module")
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def read(cursor: duckdb.DuckDBPyConnection, text: str | None, shape: Shape) -> Any:
    """The value of a text, or 'misfit'; the three ways to ask must agree."""
    row = f"FROM (SELECT ?::VARCHAR AS {TEXT})"
    ((found, is_misfit),) = cursor.execute(
        f"SELECT {value(TEXT, shape)}, {misfit(TEXT, shape)} {row}", [text]
    ).fetchall()
    asked = f"SELECT {checked(TEXT, shape)} {row}"
    if is_misfit:
        with pytest.raises(duckdb.InvalidInputException, match="a value does not fit: "):
            cursor.execute(asked, [text])
        return "misfit"
    ((same,),) = cursor.execute(asked, [text]).fetchall()
    assert same == found
    return found


def number(text: str) -> Decimal | None:
    """What a text says; DuckDB takes +-5 for -5."""
    try:
        return Decimal(text.strip().replace("+-", "-"))
    except ArithmeticError:
        return None


@LAW
@given(text=NUMBERS, type_=st.sampled_from([*WHOLE]))
def test_a_whole_number_is_the_number_in_the_text_or_none(
    cursor: duckdb.DuckDBPyConnection, text: str, type_: str
):
    found = read(cursor, text, Shape(type=type_))
    written = number(text)

    if found == "misfit":
        is_whole = written is not None and written == written.to_integral_value()
        is_short = is_whole and abs(written or 0) < 2 ** (WHOLE[type_] - 1)
        assert not is_short or "e" in text.lower() or "_" in text
    else:
        assert written == found


@LAW
@given(text=NUMBERS)
def test_a_decimal_is_the_number_in_the_text_or_none(cursor: duckdb.DuckDBPyConnection, text: str):
    found = read(cursor, text, Shape(type="DECIMAL(18,2)"))

    assert found == "misfit" or found == number(text)


@LAW
@given(number_=st.floats(allow_nan=False))
def test_a_float_is_the_number_in_the_text(cursor: duckdb.DuckDBPyConnection, number_: float):
    assert read(cursor, repr(number_), Shape(type="DOUBLE")) == number_


@LAW
@given(text=st.text("0123456789-: TZ+.", max_size=25))
def test_a_time_is_read_as_iso_has_it_or_not_at_all(cursor: duckdb.DuckDBPyConnection, text: str):
    found = read(cursor, text, Shape(type="TIMESTAMP"))

    assert found == "misfit" or str(found)[:4] in text or found.year in range(1, 10_000)


@LAW
@given(whole=st.integers(-(10**30), 10**30), type_=st.sampled_from([*WHOLE, "DECIMAL(9,0)"]))
def test_a_wider_type_holds_all_values_of_the_narrow_one(
    cursor: duckdb.DuckDBPyConnection, whole: int, type_: str
):
    if read(cursor, str(whole), Shape(type=type_)) == "misfit":
        return
    for wide in wider(type_):
        condition = lost(f"CAST('{whole}' AS {type_})", type_, wide)
        (is_lost,) = cursor.execute(f"SELECT {condition}").fetchone() or (None,)

        assert not is_lost or (wide == "DOUBLE" and abs(whole) > 2**53)


@pytest.mark.parametrize(
    "type_",
    ["BIGINT", "DOUBLE", "DECIMAL(9,2)", "DATE", "TIMESTAMP", "TIME", "BOOLEAN", "UUID", "VARCHAR"],
)
def test_no_text_is_no_value(cursor: duckdb.DuckDBPyConnection, type_: str):
    assert read(cursor, None, Shape(type=type_)) is None


CASES = {
    "a fraction of zero": ("7.0", Shape(type="BIGINT"), 7),
    "an exponent": ("1e3", Shape(type="BIGINT"), 1000),
    "a fraction": ("7.5", Shape(type="BIGINT"), "misfit"),
    "a float that forgot its digits": ("9007199254740993.0", Shape(type="BIGINT"), 2**53 + 1),
    "a long exponent": ("1e17", Shape(type="BIGINT"), "misfit"),
    "leading zeros of a known number": ("007", Shape(type="BIGINT"), 7),
    "leading zeros of a new one": ("007", Shape(type="BIGINT", is_new=True), "misfit"),
    "a fraction of zero in a new one": ("7.0", Shape(type="BIGINT", is_new=True), "misfit"),
    "no hours of a new day": ("2013-01-02 00:00", Shape(type="DATE", is_new=True), "misfit"),
    "a decimal comma": ("1,5", Shape(type="DOUBLE", decimal=","), 1.5),
    "a point where commas are": ("1.500", Shape(type="DOUBLE", decimal=","), "misfit"),
    "a comma where points are": ("1,5", Shape(type="DOUBLE"), "misfit"),
    "a third decimal": ("1.255", Shape(type="DECIMAL(9,2)"), "misfit"),
    "a third decimal that is zero": ("1.250", Shape(type="DECIMAL(9,2)"), Decimal("1.25")),
    "more than a float": ("1e400", Shape(type="DOUBLE"), "misfit"),
    "infinity": (" -Inf", Shape(type="DOUBLE"), float("-inf")),
    "truth with spaces": (" TRUE ", Shape(type="BOOLEAN"), True),
    "a day with hours": ("2013-01-02 10:00", Shape(type="DATE"), "misfit"),
    "a day with no hours": ("2013-01-02 00:00:00", Shape(type="DATE"), "2013-01-02"),
    "a format": ("31.12.2013", Shape(type="DATE", format="%d.%m.%Y"), "2013-12-31"),
    "another format": ("12/31/2013", Shape(type="DATE", format="%d/%m/%Y"), "misfit"),
    "an offset": ("2013-01-02 09:00+09:00", Shape(type="TIMESTAMP"), "2013-01-02 00:00:00"),
    "an offset with a space": (
        "2013-01-02 09:00 +09",
        Shape(type="TIMESTAMP"),
        "2013-01-02 00:00:00",
    ),
    "a zone by its name": ("2013-01-02 09:00 KST", Shape(type="TIMESTAMP"), "misfit"),
    "the end of a day": ("24:00", Shape(type="TIME"), "misfit"),
    "json": ('{"가": [1]}', Shape(type='STRUCT("가" BIGINT[])', is_json=True), {"가": [1]}),
    "another identifier": ("x", Shape(type="UUID"), "misfit"),
}


@pytest.mark.parametrize(("text", "shape", "expected"), CASES.values(), ids=CASES.keys())
def test_a_text_is_a_value_only_where_nothing_is_lost(
    cursor: duckdb.DuckDBPyConnection, text: str, shape: Shape, expected: Any
):
    found = read(cursor, text, shape)

    assert found == expected or str(found) == expected
