from __future__ import annotations

import json

import pytest
from textual.widgets import Input, Select

from storage.records import InputColumn, InputType, Signature
from storage.store import Store
from tests.http.project import ROW, SIGNATURE, eventually, make_project, promote, register, serving
from tests.tui.playing import NARROW, ROOMY, play, press, settled, shown
from tests.tui.stock import reopened
from workbench.errors import WorkbenchError
from workbench.tui import asking, row_form
from workbench.tui.asking import Answered
from workbench.tui.screens.trying import TryRow
from workbench.tui.views import asking as views

MOMENT = InputColumn(
    name="at",
    graph_name="at",
    type=InputType.NUMBER,
    nullable=False,
    minimum=1_356_998_400.0,
    maximum=1_388_534_400.0,
    is_moment=True,
)


def fields(*inputs, example=None, key=()):
    return row_form.fields(Signature(task="binary", inputs=inputs, key=key), example or {})


def text(found, width=60):
    return "\n".join(line.plain.rstrip() for line in views.answer_lines(found, width))


def test_a_form_has_a_line_for_each_column_the_key_first_filled_with_the_example():
    found = row_form.fields(SIGNATURE, ROW)

    assert [one.name for one in found] == ["flight", "거리(km)", "seats", "night", "carrier"]
    assert [one.value for one in found] == ["", "2.5", "150", "true", "UA"]
    assert [one.options for one in found] == [(), (), (), ("true", "false"), ("AA", "UA")]


def test_a_line_says_what_its_column_allows():
    _key, km, seats, _night, carrier = row_form.fields(SIGNATURE, ROW)

    assert km.hint == "0 to 10"
    assert seats.hint == "whole number or nothing"
    assert carrier.hint == "2 values or nothing"
    assert fields(MOMENT)[0].hint == "2013-01-01 to 2014-01-01"


def test_without_an_example_a_line_holds_what_the_model_was_trained_on():
    found = row_form.fields(SIGNATURE, {})

    assert [one.value for one in found] == ["", "5", "0", "false", "AA"]


def test_what_is_written_is_sent_with_the_type_of_its_column():
    found = row_form.fields(SIGNATURE, ROW)
    filled = {"flight": "UA 1", "거리(km)": "2", "seats": "", "night": "false", "carrier": "AA"}

    assert row_form.row(found, filled) == {
        "flight": "UA 1",
        "거리(km)": 2,
        "seats": None,
        "night": False,
        "carrier": "AA",
    }


@pytest.mark.parametrize("written", ["many", "nan", "1e999"])
def test_what_is_no_number_goes_as_it_is_written_for_the_endpoint_to_judge(written):
    found = row_form.fields(SIGNATURE, ROW)
    sent = row_form.row(found, {"거리(km)": written})

    assert sent["거리(km)"] == written
    assert json.loads(json.dumps(sent, allow_nan=False))["거리(km)"] == written


def test_an_empty_key_is_not_sent():
    assert "flight" not in row_form.row(row_form.fields(SIGNATURE, ROW), {})


def test_a_moment_stands_there_as_people_write_it():
    (found,) = fields(MOMENT, example={"at": 1_370_044_801.0})

    assert found.value == "2013-06-01T00:00:01Z"
    assert row_form.row([found], {"at": found.value}) == {"at": "2013-06-01T00:00:01Z"}


def test_an_answer_names_the_label_its_probability_and_who_gave_it():
    told = text(
        Answered(
            status=200,
            took_ms=1.25,
            model="late",
            version=6,
            label="late",
            probabilities={"on time": 0.07, "late": 0.93},
            warnings=("'WN' of carrier was never seen.",),
            request="ab-1",
        )
    )

    assert told.startswith("● late\n")
    assert "on time" in told
    assert ".9300" in told
    assert "▲ 'WN' of carrier was never seen." in told
    assert "late@v6   1.2 ms   status 200" in told
    assert "request ab-1" in told


def test_of_many_classes_the_likeliest_are_shown():
    by_class = {f"class {n}": n / 1000 for n in range(40)}
    told = text(Answered(status=200, took_ms=1, label="class 39", probabilities=by_class))

    assert "class 39" in told
    assert "class 5 " not in told
    assert "28 more classes" in told


def test_where_nobody_listens_it_says_so():
    with pytest.raises(WorkbenchError, match="does not answer"):
        asking.ask("http://127.0.0.1:9", "late", ROW)


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    """A project whose endpoint answers, and its address."""
    project = make_project(tmp_path_factory.mktemp("answered"))
    store = Store.open(project, program="test")
    promote(store, register(store))
    store.close()
    with serving(project) as address:
        eventually(lambda: not asking.ask(address, "late", ROW).problem)
        yield project, address


@pytest.mark.slow
@pytest.mark.parametrize("size", [ROOMY, NARROW], ids=["120x36", "80x24"])
def test_a_row_is_answered_by_the_running_endpoint(size, answered):
    async def scenario(pilot):
        await press(pilot, "5", "t")
        dialog = pilot.app.screen
        assert isinstance(dialog, TryRow)
        assert dialog.query(Select).last(Select).value == "UA"
        await press(pilot, "tab", "2", "enter")
        told = shown(pilot, "#answer")
        assert "● late" in told
        assert "late@v1" in told
        assert "status 200" in told
        await press(pilot, "escape")
        assert pilot.app.screen.MODE == "serve"

    play(scenario, answered[0], size=size)


@pytest.mark.slow
def test_what_the_endpoint_refuses_is_told_in_its_words_and_goes_to_the_column(answered):
    async def scenario(pilot):
        await press(pilot, "5", "t")
        lines = pilot.app.screen.query(".field").results(Input)
        seats = list(lines)[2]
        seats.value = "many"
        await press(pilot, "ctrl+s")
        assert "Row 1 of column 'seats' is 'many'" in " ".join(shown(pilot, "#answer").split())
        assert pilot.app.screen.focused is seats
        assert seats.parent.has_class("-meant")
        await press(pilot, "ctrl+r", "ctrl+s")
        assert "status 200" in shown(pilot, "#answer")
        assert not seats.parent.has_class("-meant")

    play(scenario, answered[0])


@pytest.mark.slow
def test_the_line_that_asks_the_same_is_copied(answered):
    async def scenario(pilot):
        await press(pilot, "5", "t", "ctrl+o")
        copied = pilot.app.clipboard
        assert copied.startswith(f"curl -s {answered[1]}/predict/late ")
        assert '"carrier": "UA"' in copied

    play(scenario, answered[0])


@pytest.mark.slow
def test_an_endpoint_with_keys_is_asked_with_one(answered):
    project, address = answered
    handle = reopened(project)
    key = handle.add_key("kim")

    async def scenario(pilot):
        await press(pilot, "5", "t", "ctrl+s")
        assert "✕" in shown(pilot, "#answer")
        assert "status 401" in shown(pilot, "#answer")
        pilot.app.screen.query_one("#api-key").value = key.text
        await press(pilot, "ctrl+s")
        assert "status 200" in shown(pilot, "#answer")
        await press(pilot, "escape", "t", "ctrl+s")
        assert "status 200" in shown(pilot, "#answer")

    try:
        eventually(lambda: asking.ask(address, "late", ROW).status == 401)
        play(scenario, project)
    finally:
        handle.revoke_key("kim")
        handle.close()
        eventually(lambda: asking.ask(address, "late", ROW).status == 200)


def test_a_row_cannot_be_tried_where_the_endpoint_is_off(stocked):
    async def scenario(pilot):
        await press(pilot, "5", "t")
        await settled(pilot)
        assert pilot.app.screen.MODE == "serve"
        assert any("E starts it" in one.message for one in pilot.app._notifications)

    play(scenario, stocked)
