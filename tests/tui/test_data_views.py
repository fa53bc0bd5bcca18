"""What the screens of data say of a record, as text."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.records import (
    Arrival,
    ArrivalState,
    BadLine,
    CheckHistory,
    CheckResult,
    CheckTimeline,
    Column,
    ColumnKind,
    Comparison,
    DriftVerdict,
    FilePreview,
    InboxStatus,
    OnFail,
    RowChanges,
    Version,
    VersionDiff,
    VersionState,
)
from storage.records import Table as Rows
from tests.tui.shapes import NOW, column_drift
from workbench.tui.views import arrivals, checks, datasets, diff, importing, rows

VERSION = Version(
    id=3,
    dataset_id=1,
    dataset="판매",
    number=3,
    state=VersionState.CURRENT,
    parent=2,
    hash="a" * 64,
    rows=1200,
    rows_added=200,
    size_bytes=48_200,
    created_at=NOW,
    created_by="watch",
    sources=("inbox/판매/3월.csv",),
    source_count=1,
    first_time=None,
    last_time=None,
    reason=None,
)
FAILED = CheckResult(
    check="가격 min",
    column="가격",
    passed=False,
    on_fail=OnFail.BLOCK,
    rows=200,
    rows_failed=3,
    value=None,
    limit="at least 0",
    examples=tuple(json.dumps({"id": f"s{n}", "가격": -n}) for n in (1, 2)),
)
PASSED = replace(FAILED, check="id not null", passed=True, rows_failed=0, examples=())


def text(lines):
    return "\n".join(line.plain.rstrip() for line in lines)


def cells(row):
    return [getattr(cell, "plain", cell) for cell in row.cells]


def page(values, type_="DOUBLE"):
    table = Rows(columns=("x",), types=(type_,), rows=tuple((one,) for one in values))
    shown = rows.page(table, offset=0, order="x", descending=True)
    return shown.columns[1], [cells(row)[1] for row in shown.rows]


@pytest.mark.parametrize(
    ("values", "type_", "shown"),
    [
        ([1.5, 2.25, None], "DOUBLE", ["1.50", "2.25", "null"]),
        ([1e-9, 3.0], "DOUBLE", ["1e-09", "3"]),
        ([float("nan"), float("inf")], "DOUBLE", ["nan", "inf"]),
        ([12400, None], "BIGINT", ["12400", "null"]),
        ([True, False], "BOOLEAN", ["true", "false"]),
        (["", "서울", "a\nb\x1b[31m"], "VARCHAR", ['""', "서울", "a⏎b·[31m"]),
        ([datetime(2024, 1, 2, tzinfo=UTC)], "TIMESTAMP", ["2024-01-02 00:00:00"]),
        ([b"\x00\xff"], "BLOB", ["00ff"]),
        ([[1, 2]], "BIGINT[]", ["[1, 2]"]),
    ],
)
def test_values_are_shown_by_their_type(values, type_, shown):
    assert page(values, type_)[1] == shown


def test_numbers_stand_on_the_right_and_the_sorted_column_says_which_way():
    column, _ = page([1.0])

    assert (column.align, column.label) == ("right", "x ▼")
    assert page(["a"], "VARCHAR")[0].align == "left"


def test_a_row_in_full_has_every_column_with_its_type():
    table = Rows(columns=("id", "메모"), types=("BIGINT", "VARCHAR"), rows=((7, "가 " * 60),))

    shown = text(rows.row_lines(table, 60))

    assert shown.startswith("id ")
    assert "7  bigint" in shown
    assert len(shown.splitlines()) > 3


def test_bad_rows_of_a_check_are_a_table_with_its_column_first():
    shown = text(checks.check_lines(FAILED, 80)).splitlines()

    assert shown[0] == "✕ failed (block): 가격 min: 3 of 200 rows, allowed is at least 0"
    assert shown[2] == "rows that fail, 2 of 3"
    assert shown[3].split() == ["가격", "id"]
    assert shown[4].split() == ["-1", "s1"]


@pytest.mark.parametrize("width", [24, 40, 120])
def test_a_check_fits_any_width(width):
    assert all(line.cell_length <= width for line in checks.check_lines(FAILED, width))


def test_all_results_begin_with_those_that_failed():
    shown = text(checks.results_lines([PASSED, FAILED], 80))

    assert shown.startswith("1 of 2 checks passed")
    assert shown.index("가격 min") < shown.index("id not null")


def test_a_history_has_a_column_a_version_and_counts_failures():
    timeline = CheckTimeline(
        dataset="판매",
        versions=(replace(VERSION, number=2), VERSION),
        checks=(
            CheckHistory(check="가격 min", results=(None, FAILED)),
            CheckHistory(check="id not null", results=(PASSED, PASSED)),
        ),
    )

    found = checks.history_rows(timeline)

    assert [one.label for one in checks.history_columns(timeline)] == [
        "check",
        "failed",
        "v2",
        "v3",
    ]
    assert cells(found[0]) == ["가격 min", "1/1", "·", "1.5% ✕"]
    assert cells(found[1]) == ["id not null", "0/2", "✓", "✓"]
    assert checks.past_of(timeline, until=2) == {"가격 min": [None], "id not null": [PASSED]}


def test_a_version_says_who_made_it_of_what_and_why():
    accepted = replace(VERSION, reason="accepted from 판매@v2 by kim: 환불", rows_replaced=4)

    shown = text(datasets.version_lines(accepted, NOW, 50))

    assert "✓ current, on v2" in shown
    assert "by watch, 48.2 kB" in shown
    assert "3월.csv" in shown
    assert "4 rows by key" in shown
    assert "accepted from 판매@v2 by kim: 환불" in shown


def test_a_marked_version_has_its_sign():
    marked, other = datasets.version_rows([VERSION, replace(VERSION, number=2)], NOW, marked={3})

    assert cells(marked)[1] == "v3 ◉"
    assert cells(other)[1] == "v2"


def difference(**changes):
    names = ("added_rows", "removed_rows", "changed_rows")
    found = {name: tuple(map(json.dumps, changes.pop(name, ()))) for name in names}
    return VersionDiff(
        before=replace(VERSION, number=2, rows=1000),
        after=VERSION,
        added_columns=(Column(name="점수", type="DOUBLE", kind=ColumnKind.NUMERIC),),
        removed_columns=(),
        retyped_columns=(),
        key=("id",),
        rows=RowChanges(added=201, removed=1, changed=2, changed_by_column={"temp": 2}, **found),
        distribution=Comparison(
            verdict=DriftVerdict.DRIFT,
            rows=1200,
            reference_rows=1000,
            columns=(column_drift(3, 1), column_drift(3, 0)),
        ),
    )


def test_a_changed_row_shows_its_key_and_only_what_differs():
    pair = {"old": {"id": 7, "temp": 1, "visib": 3}, "new": {"id": 7, "temp": 2, "visib": 3}}

    shown = text(diff.summary_lines(difference(changed_rows=[pair]), 80))

    assert "≠ id 7  temp 1 → 2" in shown
    assert "visib" not in shown


def test_a_comparison_counts_columns_and_rows():
    shown = text(diff.summary_lines(difference(), 80))

    assert "판매@v3  1 200 rows, 48.2 kB  +200" in shown
    assert "+ 점수  double" in shown
    assert "+ 201 added   - 1 removed   ≠ 2 changed" in shown
    assert "told apart by id" in shown


def test_the_column_that_moved_most_comes_first_with_its_changed_rows():
    found = diff.moved_rows(difference())

    assert [row.key for row in found] == ["temp", "dep_hour"]
    assert "2" in cells(found[0])


PREVIEW = FilePreview(
    path=Path("/data/4월.csv"),
    size_bytes=2_200_000,
    columns=(
        Column(name="id", type="VARCHAR", kind=ColumnKind.CATEGORICAL),
        Column(name="점수", type="DOUBLE", kind=ColumnKind.NUMERIC),
    ),
    new=("점수",),
    rows=(("a", "1.5"), ("b", "")),
    row_count=27_004,
    bad_lines=2,
    bad=(BadLine(line=17, reason="3 values instead of 2", text="a\t1,2,3"),),
    notes=("read as CP949",),
)


def said(preview, **more):
    facts = {"dataset": "판매", "files": 1, "width": 200, **more}
    return text(importing.said_lines(preview, **facts))


def test_an_import_says_what_it_would_do_before_it_does():
    shown = said(PREVIEW, files=3)

    assert "enter reads 27 004 rows of 4월.csv (2.20 MB), and of 2 other files into 판매" in shown
    assert "2 lines cannot be read and are set aside" in shown
    assert "read as CP949" in shown


def test_an_import_that_would_be_refused_says_why_and_what_mends_it():
    refused = replace(PREVIEW, problem="The column id is missing.", remedy="Mend the file.")

    assert said(refused).startswith("✕ The column id is missing. Mend the file.")


def test_new_columns_are_marked_beside_their_first_values():
    found = importing.column_rows(PREVIEW)

    assert cells(found[1]) == ["+ new", "점수", "double", "1.5", "", ""]


def test_a_line_that_cannot_be_read_has_no_signs_that_move_the_cursor():
    assert cells(importing.bad_rows(PREVIEW.bad)[0]) == ["17", "3 values instead of 2", "a·1,2,3"]


ARRIVAL = Arrival(
    id=12,
    dataset="판매",
    path="inbox/판매/깨진.csv",
    sha256="b" * 64,
    size_bytes=120,
    modified_ns=0,
    state=ArrivalState.QUARANTINED,
    version=None,
    rows=None,
    reason="깨진.csv cannot be read: it is empty",
    arrived_at=NOW,
    moved_to="inbox/판매/quarantine/깨진.csv",
    bad_lines=2,
)


def test_a_file_in_quarantine_says_why_and_what_can_be_done():
    shown = text(arrivals.arrival_lines(ARRIVAL, PREVIEW.bad, 80))

    assert "reason: 깨진.csv cannot be read: it is empty" in shown
    assert "f tries it again, x drops it" in shown
    assert "2 lines that cannot be read" in shown
    assert "17  3 values instead of 2" in shown


def test_a_list_of_files_does_not_name_a_file_twice():
    assert cells(arrivals.arrival_rows((), [ARRIVAL], NOW)[0])[1:3] == ["깨진.csv", "it is empty"]


FOLDER = InboxStatus(
    dataset="판매",
    folder="inbox/판매",
    waiting=1,
    settled=0,
    ingested=12,
    duplicates=0,
    quarantined=2,
    last_scan_at=NOW,
    is_watched=True,
    problems=("locked.csv: permission denied",),
)


def test_the_inbox_says_who_looks_and_what_waits():
    watched = arrivals.inbox_title([FOLDER], NOW).plain
    alone = arrivals.inbox_title([replace(FOLDER, is_watched=False)], NOW).plain

    assert watched.startswith("Inbox  ● looked")
    assert watched.endswith("1 waiting, 2 in quarantine")
    assert alone.startswith("Inbox  ○ off")


def test_what_the_watcher_cannot_open_is_listed():
    assert cells(arrivals.trouble_rows([FOLDER])[0])[:3] == [
        "✕",
        "inbox/판매/",
        "locked.csv: permission denied",
    ]
