from __future__ import annotations

import json
import math
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.records import Alert, AlertState, Event, MetricPoint, Severity
from workbench.cli import output, rows

AT = datetime(2013, 4, 1, 12, 30, tzinfo=UTC)
EVENT = Event(
    id=7,
    at=AT,
    kind="version.current",
    subject="항공@v3",
    message="항공 v3 has 12 rows",
    severity=Severity.INFO,
    payload={"rows": 12},
)


def printed(capsys, document: object) -> object:
    output.print_json(document)
    return json.loads(capsys.readouterr().out)


def test_a_record_is_an_object_with_its_fields_and_times_are_iso(capsys):
    assert printed(capsys, EVENT) == asdict(EVENT) | {"at": "2013-04-01T12:30:00Z"}


def test_a_list_of_records_is_an_array(capsys):
    assert printed(capsys, ()) == []
    assert [one["id"] for one in printed(capsys, (EVENT, EVENT))] == [7, 7]


def test_letters_of_any_script_stay_readable(capsys):
    output.print_json(EVENT)

    assert "항공@v3" in capsys.readouterr().out


def test_a_value_that_json_has_no_word_for_is_null(capsys):
    point = MetricPoint(key="loss", value=math.nan, step=1, at=AT)

    assert printed(capsys, point)["value"] is None


def test_a_path_is_text(capsys):
    assert printed(capsys, {"path": Path("a/b")}) == {"path": "a/b"}


def test_what_has_no_form_in_json_is_refused():
    with pytest.raises(NotImplementedError, match="object has no form"):
        output.print_json(object())


def test_a_table_without_a_terminal_never_folds_a_row(capsys):
    words = "many words " * 40

    output.print_table(("a", ">b"), [(words, "1"), ("x", "1 000")])

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert words.strip() in lines[1]


def test_brackets_in_a_value_are_no_markup(capsys):
    output.print_table(("a",), [("[red]x[/red] :smile:",)])

    assert "[red]x[/red] :smile:" in capsys.readouterr().out


def test_a_value_cannot_move_the_cursor(capsys):
    output.print_table(("a",), [("safe\x1b[2Jname\r\x07",)])
    output.print_facts([("File", "a\x1b[31mb")])

    assert "\x1b" not in capsys.readouterr().out


def test_facts_without_a_value_are_left_out(capsys):
    output.print_facts([("Job", "j1"), ("Why", ""), ("Took", "-")])

    assert capsys.readouterr().out.split() == ["Job", "j1"]


def test_progress_without_a_terminal_is_a_line_per_change(capsys):
    with output.progress() as tell:
        for words in ("a", "a", "b"):
            tell(words)

    assert capsys.readouterr() == ("", "a\nb\n")


def test_a_row_has_a_cell_for_every_heading():
    alert = Alert(
        id=1,
        key="k",
        severity=Severity.ERROR,
        title="t",
        text="x",
        state=AlertState.OPEN,
        count=2,
        first_at=AT,
        last_at=AT,
        acknowledged_by=None,
    )

    assert len(rows.event(EVENT)) == len(rows.EVENTS)
    assert len(rows.alert(alert)) == len(rows.ALERTS)
