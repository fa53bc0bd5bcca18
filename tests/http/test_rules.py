"""What becomes of values that training never saw, by what workbench.toml says of them, in each form of asking."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.http.inprocess import InProcess, infer
from tests.http.looked_up import LookedUp, looking_up
from tests.http.project import CONFIG, ROW

WARNING = """unknown_category = "warn"
out_of_range = "warn"
extra_column = "warn"
"""
REJECTING = """unknown_category = "reject"
out_of_range = "reject"
"""
STRANGE = {**ROW, "거리(km)": 99.5, "carrier": "ua"}
DISTANCE = "Row 1 of column '거리(km)' is 99.5; training saw 0 to 10 there."
CARRIER = (
    "Row 1 of column 'carrier' is 'ua', which training never saw there. "
    "Did you mean 'UA'? Known are: AA, UA."
)
FORMS: dict[str, tuple[str, Any]] = {
    "friendly": ("/predict/late", {"rows": [STRANGE]}),
    "v2": ("/v2/models/late/infer", infer(**{name: [value] for name, value in STRANGE.items()})),
    "mlflow": ("/invocations", {"dataframe_records": [STRANGE]}),
}


def _asked(tmp_path_factory: pytest.TempPathFactory, rules: str) -> Iterator[LookedUp]:
    folder = tmp_path_factory.mktemp("rules")
    with looking_up(folder, CONFIG + rules, models={"late": None}) as found:
        yield found


@pytest.fixture(scope="module")
def warning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    yield from _asked(tmp_path_factory, WARNING)


@pytest.fixture(scope="module")
def rejecting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    yield from _asked(tmp_path_factory, REJECTING)


@pytest.mark.parametrize("form", FORMS)
def test_warnings_come_with_the_answer_in_every_form(warning, form):
    status, body, headers = warning.post(*FORMS[form])
    found = body["parameters"]["warnings"] if form == "v2" else body["warnings"]

    assert (status, headers["x-warnings"]) == (200, "2")
    assert found == [DISTANCE, CARRIER]


@pytest.mark.parametrize("form", FORMS)
def test_a_row_without_doubts_is_answered_without_warnings(warning, form):
    path, _ = FORMS[form]
    plain = {"friendly": {"row": ROW}, "v2": infer(), "mlflow": {"dataframe_records": [ROW]}}
    status, body, headers = warning.post(path, plain[form])

    assert status == 200
    assert "x-warnings" not in headers
    assert "warnings" not in body
    assert "parameters" not in body


def test_a_column_that_is_left_out_is_warned_of(warning):
    status, body, _ = warning.post("/predict/late", {"row": {**ROW, "carier": "UA"}})

    assert status == 200
    assert body["warnings"] == [
        "The model takes no column 'carier'; it was left out. Did you mean 'carrier'?"
    ]


@pytest.mark.parametrize("form", FORMS)
def test_rejected_values_are_named_with_what_is_allowed(rejecting, form):
    status, body, _ = rejecting.post(*FORMS[form])

    assert status == 400
    assert body["error"].startswith(DISTANCE)
    assert body["error"].endswith("Send a number of that range.")


def test_an_answer_is_the_same_whether_it_is_warned_of_or_not(warning, tmp_path):
    with looking_up(tmp_path, models={"late": None}) as accepting:
        _, plain, _ = accepting.post("/predict/late", {"row": STRANGE})
    _, warned, _ = warning.post("/predict/late", {"row": STRANGE})
    del warned["warnings"]

    assert warned == plain
