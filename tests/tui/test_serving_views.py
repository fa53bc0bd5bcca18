from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.records import (
    ApiKey,
    Degradation,
    FiguresRecord,
    KeyScope,
    Model,
    ModelSummary,
    ModelVersion,
    Parity,
    ShadowFigures,
    Signature,
    Step,
    VersionFigures,
)
from tests.tui.served import CANARY, NOW_US, SHADOW, STEP_US, record, version
from tests.tui.served import CHAMPION as ANSWERS
from tests.tui.shapes import NOW
from workbench.config import ServeConfig
from workbench.core.latencies import latency_bucket
from workbench.tui import traffic
from workbench.tui.request_log import LogSeen, RequestLine, fields_of
from workbench.tui.traffic import Place, RateMeter
from workbench.tui.views import request_log as log_views
from workbench.tui.views import serving
from workbench.tui.views import serving_charts as charts
from workbench.tui.views import serving_compared as compared
from workbench.tui.views import serving_quality as quality
from workbench.tui.views import serving_tables as tables
from workbench.tui.views.serving_tables import Standing

PLACES = (
    Place(number=ANSWERS, alias="champion", weight=0.9),
    Place(number=CANARY, alias="challenger", weight=0.1),
    Place(number=SHADOW, alias="shadow", weight=None),
)
RUNNING = Standing(is_running=True, address="http://127.0.0.1:8080", started_at=NOW)
LATE = traffic.of_model(record(), "late", PLACES)
KEY = ApiKey(
    id=1, name="야간", prefix="wb_ab", scope=KeyScope.PREDICT, created_at=NOW, created_by="kim"
)


def counted(*steps: Step, **changes) -> FiguresRecord:
    """What an endpoint counted of one version."""
    figures = VersionFigures(model="late", version=ANSWERS, loads=1, steps=steps, **changes)
    return replace(record(figures), at=NOW_US)


def step(ago: int, **counts) -> Step:
    """The step so many steps before the one that is under way."""
    return Step(at=(NOW_US // STEP_US - ago) * STEP_US, **counts)


def of(found: FiguresRecord, places=PLACES[:1]):
    return traffic.of_model(found, "late", places)


def text(lines) -> str:
    return "\n".join(line.plain.rstrip() for line in lines)


def cells(row) -> list[str]:
    return [str(getattr(cell, "plain", cell)) for cell in row.cells]


def endpoint(found=LATE, standing=RUNNING) -> list[str]:
    return cells(tables.endpoint_rows([found], standing, {"late": NOW - timedelta(days=6)}, NOW)[0])


def test_a_rate_is_of_one_second_and_of_the_time_a_step_has_lasted():
    found = of(counted(step(1, requests=50), step(0, requests=14)))

    assert found.rates[-2:] == (5.0, 14 / 7)
    assert found.rate == 5.0


def test_before_the_endpoint_was_started_there_is_no_rate():
    young = replace(
        record(), processes=(replace(record().processes[0], started_at=NOW_US - STEP_US),)
    )
    young = replace(young, versions=(VersionFigures(model="late", version=ANSWERS),))

    assert of(young).rates[:-2] == (None,) * 88
    assert of(young).rates[-2:] == (0.0, 0.0)


def test_what_is_older_than_a_quarter_of_an_hour_is_left_out():
    found = of(counted(step(90, requests=7), step(89, requests=3)))

    assert found.requests == 3


def test_latencies_of_all_steps_are_taken_together():
    fast, slow = latency_bucket(1_000), latency_bucket(100_000)
    found = of(
        counted(step(3, requests=98, latency={fast: 98}), step(1, requests=2, latency={slow: 2}))
    )
    champion = found.champion

    assert champion.latency[0.5] == pytest.approx(1, rel=0.15)
    assert champion.latency[0.99] == pytest.approx(100, rel=0.15)
    assert champion.percentiles[0.5][-2] == pytest.approx(100, rel=0.15)


def test_requests_for_which_no_version_was_chosen_count_as_errors_of_the_model():
    refused = VersionFigures(model="late", version=0, steps=(step(1, client_errors=5),))
    whole = counted(step(1, requests=15))

    assert of(replace(whole, versions=(*whole.versions, refused))).error_share == 0.25


def test_the_rate_of_this_moment_is_taken_between_looks():
    meter, first = RateMeter(), counted(requests=100)
    later = replace(counted(requests=160), at=NOW_US + 2_000_000)

    assert meter.look(first) == {}
    assert meter.look(first) == {}
    assert meter.look(later) == {"late": 30.0}


def test_an_endpoint_that_was_started_again_begins_anew():
    meter = RateMeter()
    meter.look(counted(requests=100))
    reborn = replace(counted(requests=3), endpoint="another", at=NOW_US + 1_000_000)

    assert meter.look(reborn) == {}


def test_a_row_names_who_takes_part_with_shares_and_what_is_asked():
    row = endpoint()

    assert row[:5] == ["late", "v6 90 %", "v8 10 %", "v7", "● up"]
    assert row[5] == "37"
    assert row[7:] == ["1.2 ms", "3.5 ms", "▲ 0.02 %", "6 d 00 h"]


@pytest.mark.parametrize(
    ("figures", "standing", "said"),
    [
        ({}, Standing(is_running=False), "○ off"),
        ({"loads": 0}, RUNNING, "◐ loading"),
        ({"loads": 0, "load_failures": 1}, RUNNING, "✕ v6"),
        ({"loads": 2, "load_failures": 1}, RUNNING, "● up"),
    ],
    ids=["off", "loading", "damaged", "mended"],
)
def test_the_state_of_a_model(figures, standing, said):
    found = counted()
    found = replace(found, versions=(replace(found.versions[0], **figures),))

    assert endpoint(of(found), standing)[4] == said


def test_errors_of_the_endpoint_are_told_from_those_of_its_callers():
    ours = of(counted(step(1, requests=98, server_errors=2)))
    theirs = of(counted(step(1, requests=98, client_errors=2)))

    assert (tables.errors(ours).plain, tables.errors(theirs).plain) == ("✕ 2.00 %", "▲ 2.00 %")


def test_a_model_without_a_champion_says_so():
    row = endpoint(traffic.of_model(record(), "late", ()))

    assert row[1] == "no champion"
    assert row[4] == "○ nobody"


@pytest.mark.parametrize("size", [(36, 11), (29, 9), (60, 20)], ids=str)
def test_latency_is_drawn_with_what_each_version_says_in_figures(size):
    lines = charts.latency_lines(LATE, 0.99, *size)

    assert len(lines) == size[1]
    assert all(line.cell_length <= size[0] for line in lines)
    assert [line.plain.split()[1] for line in lines[-3:]] == ["v6", "v8", "v7"]
    assert "now" in text(lines)
    assert "p99 " in lines[-1].plain


def test_a_single_slow_moment_is_cut_off_and_named():
    usual = [step(ago, requests=9, latency={latency_bucket(1_000): 9}) for ago in range(1, 40)]
    slow = step(50, requests=1, latency={latency_bucket(900_000): 1})
    found = of(counted(slow, *usual))

    assert charts.latency_title(found, 0.99) == "p99 latency, ms, up to 899"
    assert "100" not in text(charts.latency_lines(found, 0.99, 40, 12)[:-1])
    assert charts.latency_title(of(counted(*usual)), 0.99) == "p99 latency, ms"


def test_where_there_is_no_room_for_a_chart_the_figures_stay():
    assert text(charts.latency_lines(LATE, 0.99, 40, 3)).startswith("━ v6 p50")


def test_without_requests_it_says_so():
    nothing = of(counted())

    assert "No request was answered" in text(charts.latency_lines(nothing, 0.5, 40, 9))
    assert "No row was scored" in text(charts.score_lines(nothing.champion, None, 40, 9))


def test_scores_of_two_versions_lie_over_each_other_with_their_means():
    drawn = charts.score_lines(LATE.champion, LATE.others[0], 38, 12)

    assert len(drawn) == 12
    assert "█ v6 mean 0.246" in text(drawn)
    assert "█ v8 mean 0.319" in text(drawn)
    assert text(drawn).splitlines()[-3].split() == ["0", "0.5", "1"]
    assert charts.score_legend(LATE.champion, LATE.others[0]).plain == "█ v6  █ v8  █ both"


def test_a_regressions_scores_have_the_range_of_its_values():
    regression = counted(step(1, rows=4, scores={0: 1, 19: 3}), score_low=-20.0, score_high=60.0)
    drawn = text(charts.score_lines(of(regression).champion, None, 40, 9))

    assert drawn.splitlines()[-2].split() == ["-20", "20", "60"]
    assert "mean 39.0" in drawn


def test_a_canary_is_held_against_the_champion():
    told = text(compared.comparison_lines(LATE, LATE.others[0], 40, shifts={CANARY: 0.16}))

    assert "canary" in told
    assert "PSI .16" in told
    assert "▲ 1." in told
    assert "errors 0.02 % 0.00 % ✓" in " ".join(told.split())


def test_a_shadow_says_how_often_it_agrees_and_what_was_lost():
    lost = ShadowFigures(rows=400, agreeing=391, difference=8.0, largest=0.44, dropped=3, failed=1)
    shadow = replace(version(SHADOW, per_s=4, ms=1, lean=0.3, role="shadow"), shadow=lost)
    found = of(record(version(ANSWERS, per_s=4, ms=1, lean=0.3), shadow), (PLACES[0], PLACES[2]))
    told = text(compared.comparison_lines(found, found.others[0], 40, shifts={}))

    assert "97.8 %" in told
    assert "0.0200, at most 0.440" in told
    assert "3 left out, 1 failed" in told


def test_without_a_challenger_it_says_how_to_begin_one():
    alone = of(counted())

    assert "C gives" in text(compared.comparison_lines(alone, None, 30, shifts={}))


def test_keys_are_told_without_their_text():
    revoked = replace(KEY, id=2, name="old", revoked_at=NOW - timedelta(days=1), revoked_by="kim")
    first, second = tables.key_rows([KEY, revoked], NOW)

    assert cells(first)[1:4] == ["야간", "wb_ab…", "answers, labels"]
    assert cells(second)[3] == "nothing"
    assert cells(second)[-1] == "revoked 1 d ago"


def line(**changes) -> RequestLine:
    known = {"request": "ab-1", "at": NOW, "model": "late", "version": 6, "rows": 1}
    return RequestLine(**{**known, "label": "true", "score": 0.82, **changes})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "true p=.82"),
        ({"rows": 50}, "true p=.82  +49"),
        ({"label": "", "score": 8.125}, "8.12"),
        ({"label": "", "score": None}, "not kept"),
        ({"status": 400, "error": "Row 1 of column 'carrier' is '대한'."}, "Row 1 of column 'carrier' is '대한'."),
        ({"status": 500, "error": ""}, "refused"),
    ],
    ids=["label", "rows", "value", "not kept", "refused", "failed"],
)  # fmt: skip
def test_a_request_says_what_was_answered_or_why_nothing_was(changes, said):
    assert log_views.said(line(**changes)).plain == said


def test_a_request_opens_with_its_row():
    told = text(log_views.told(line(inputs={"carrier": "UA", "거리": 733.0}, caller="야간"), 60))

    assert "answered by  late@v6" in told
    assert "API key      야간" in told
    assert "거리     733" in told


def test_a_request_is_found_by_what_it_asked_and_got():
    found = fields_of(line(status=400, latency_ms=3.5, inputs={"carrier": "UA"}))

    assert found["version"] == "v6"
    assert found["status"] == 400
    assert found["ms"] == 3.5
    assert found["carrier"] == found["inputs.carrier"] == "UA"


def test_the_title_says_whether_the_log_is_held_and_what_is_asked():
    seen = LogSeen(lines=(line(),), looked_through=1000)
    held = log_views.title(seen, is_following=False, query="")
    asked = log_views.title(seen, is_following=True, query="status>=400")

    assert held.plain == "Requests  held, f follows"
    assert asked.plain == "Requests  / status>=400  1 of the newest 1 000"


SERVED = ModelSummary(
    model=Model(id=1, name="late", experiment="late", created_at=NOW),
    champion=None,
    versions=1,
    champion_evaluations=(),
    frozen_evaluations=(),
    drift_reports=(),
)


def endpoint_text(width=120, standing=RUNNING, **changes) -> str:
    found = replace(record(workers=2), **changes)
    return text(serving.endpoint_lines(standing, found, ServeConfig(), SERVED, NOW, width))


def test_the_endpoint_says_what_it_does_and_what_it_allows():
    told = endpoint_text()

    assert "processes    2" in told
    assert "connections  32" in told
    assert "refused      nobody" in told
    assert "rows a request  10 000" in told


def test_what_was_turned_away_and_what_was_not_kept_is_told():
    process = replace(record().processes[0], is_logging=False)
    told = endpoint_text(
        rejected={"slow": 1, "not_found": 12}, log_dropped_rows=400, processes=(process,)
    )

    assert "refused      12 not found, 1 slow" in told
    assert "▲ not kept, 400 rows left out" in told


def test_what_is_not_as_it_should_be_comes_first_and_is_wrapped():
    problem = Degradation(kind="model:late", text="late@v8 cannot be served: " * 4, since=NOW_US)
    told = endpoint_text(width=60, problems=(problem,))

    assert told.startswith("▲ late@v8 cannot be served")
    assert all(len(one) <= 60 for one in told.splitlines()[:4])


@pytest.mark.parametrize(
    ("standing", "said"),
    [
        (Standing(is_running=False), "○ off, E starts it"),
        (Standing(is_running=True), "◐ starting"),
        (RUNNING, "● http://127.0.0.1:8080  0.0 s"),
    ],
    ids=["off", "starting", "up"],
)
def test_how_the_endpoint_stands(standing, said):
    assert serving.standing_line(standing, record(), NOW).plain == said


def test_a_first_key_closes_the_door_and_says_so():
    assert "The first key closes it" in text(serving.key_lines((), "", 120))
    assert "Only callers with a key" in text(serving.key_lines((KEY,), "", 120))


def test_labels_are_sent_where_they_are_joined_by_the_key():
    signature = Signature(task="binary", inputs=(), key=("flight_id",))
    champion = _model_version_of(signature)
    told = text(
        quality.label_lines(replace(SERVED, champion=champion), "http://127.0.0.1:8080", 100)
    )

    assert "POST http://127.0.0.1:8080/labels/late" in told
    assert "flight_id" in told


def _model_version_of(signature: Signature) -> ModelVersion:
    blobs = ("onnx_blob", "native_blob", "profile_blob", "sample_blob", "row_hashes_blob")
    return ModelVersion(
        id=1, model_id=1, model="late", number=1, run_id=1, dataset=None, version=None, train="",
        **dict.fromkeys(blobs, "a" * 64), signature=signature, metrics={}, importances={},
        parity=Parity(
            rows=1, hostile_rows=0, max_abs_diff=0, p999_abs_diff=0, flips=0, limit=1, passed=True
        ),
        created_by="kim", created_at=NOW, aliases=("champion",),
    )  # fmt: skip
