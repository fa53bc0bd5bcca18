"""Metrics as Prometheus reads them, and the rules that the documentation gives for them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as open_metrics,
)
from prometheus_client.parser import text_string_to_metric_families

from storage.records import Degradation, ProcessFigures, ShadowFigures
from tests.core.answered import START, Batch
from workbench.core.figures import Figures
from workbench.http.pages.metrics import Metrics, shown

PAGE = Path(__file__).parents[2] / "docs" / "SERVING.md"
HOSTILE = 'la"te\\\n{x="1"} 5'

needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool")


def counted(model="late"):
    """Figures with something of everything."""
    made = Figures()
    made.loaded(model, 7, 0.25, at_us=START)
    made.loaded(model, 8, 0.5, at_us=START)
    made.load_failed(model, 9)
    made.answered(Batch(model=model, latency_us=[90, 300, 40_000_000], rows=[1, 5, 100]))
    made.answered(Batch(model=model, version=8, role="shadow"))
    made.shadowed(model, 8, ShadowFigures(requests=1, rows=2, agreeing=1, difference=0.5))
    made.refused(model, 7, 400, START)
    made.refused(model, 7, 500, START)
    made.refused(model, None, 429, START)
    made.refused("nobody's", 1, 404, START)
    made.warned(model, 7, "unknown_category", 2)
    made.turned_away("connections")
    made.waiting = 3
    return made.snapshot(
        ProcessFigures(slot=0, pid=1, at=START, started_at=START, memory_bytes=5),
        problems=[Degradation(kind="disk", text="The disk is nearly full.", since=START)],
    )


def samples(record, accept=""):
    """The values by name and labels."""
    text, content_type = Metrics().text(record, accept)
    parse = open_metrics if "openmetrics" in content_type else text_string_to_metric_families
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in parse(text.decode())
        for sample in family.samples
    }


@pytest.fixture(scope="module")
def found():
    """What is said of an endpoint at which something of everything has happened."""
    return samples(counted())


@pytest.mark.parametrize(
    ("labels", "count"),
    [
        (("200", "late", "7"), 3),
        (("400", "late", "7"), 1),
        (("500", "late", "7"), 1),
        (("429", "late", ""), 1),
        (("404", "", ""), 1),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, tuple) else str(one),
)
def test_requests_are_counted_by_status(found, labels, count):
    assert found["workbench_requests_total", *labels] == count


def test_a_latency_histogram_is_cumulative_and_whole(found):
    name = "workbench_request_duration_seconds_bucket"

    assert [found[name, le, "late", "7"] for le in ("0.0001", "0.0005", "25.0", "+Inf")] == [
        1, 2, 2, 3,
    ]  # fmt: skip
    assert found["workbench_request_duration_seconds_count", "late", "7"] == 3
    assert found["workbench_request_duration_seconds_sum", "late", "7"] == pytest.approx(40.00039)


def test_rows_are_counted_by_request_and_by_call(found):
    assert found["workbench_inference_rows_total", "late", "7"] == 106
    assert found["workbench_request_rows_bucket", "16.0", "late", "7"] == 2
    assert found["workbench_batch_rows_bucket", "64.0", "late", "7"] == 0
    assert found["workbench_batch_rows_count", "late", "7"] == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (("workbench_errors_total", "client", "late", "7"), 1),
        (("workbench_errors_total", "server", "late", "7"), 1),
        (("workbench_warnings_total", "unknown_category", "late", "7"), 2),
        (("workbench_model_loads_total", "late", "7"), 1),
        (("workbench_model_load_failures_total", "late", "9"), 1),
        (("workbench_model_load_seconds", "late", "8"), 0.5),
        (("workbench_shadow_rows_total", "late", "8"), 2),
        (("workbench_shadow_agreeing_rows_total", "late", "8"), 1),
        (("workbench_shadow_duration_seconds_count", "late", "8"), 1),
        (("workbench_rejected_total", "connections"), 1),
        (("workbench_queue_requests", "0"), 3),
        (("workbench_worker_memory_bytes", "0"), 5),
        (("workbench_degraded", "disk"), 1),
        (("workbench_prediction_log_dropped_rows_total",), 0),
    ],
    ids=lambda one: one[0] if isinstance(one, tuple) else str(one),
)
def test_what_is_counted_is_said(found, name, value):
    assert found[name] == value


def test_both_forms_say_the_same(found):
    theirs = samples(counted(), "application/openmetrics-text; version=1.0.0")
    ours = {name: value for name, value in found.items() if name[0].startswith("workbench")}

    assert {name: theirs[name] for name in ours} == ours


@pytest.mark.parametrize(
    ("accept", "is_open"),
    [
        ("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.2,*/*;q=0.1", True),
        ("application/openmetrics-text; version=abc", True),
        ("application/openmetrics-text; version=" + "9" * 5000, True),
        ("text/plain; version=0.0.4", False),
        ("*/*", False),
        (";;,=,", False),
    ],
    ids=["prometheus", "no version", "huge version", "text", "anything", "nothing"],
)
def test_open_metrics_are_for_who_asks_for_them(accept, is_open):
    text, content_type = Metrics().text(counted(), accept)

    assert content_type.startswith("application/openmetrics-text") is is_open
    assert text.endswith(b"# EOF\n") is is_open


@pytest.mark.parametrize("accept", ["", "application/openmetrics-text; version=1.0.0"])
def test_no_name_of_a_model_breaks_the_text(accept):
    assert samples(counted(HOSTILE), accept)["workbench_requests_total", "200", HOSTILE, "7"] == 3


def test_versions_that_were_replaced_long_ago_are_left_out():
    figures, day_us = Figures(), 86_400_000_000
    for number in range(30):
        figures.loaded("late", number + 1, 0.1, at_us=START + number * day_us)
    figures.answered(Batch(version=3, at_us=START + 29 * day_us))
    record = figures.snapshot(
        ProcessFigures(slot=0, pid=1, at=START + 30 * day_us, started_at=START)
    )

    assert [one.version for one in shown(record)] == [3, *range(21, 31)]


@needs_promtool
@pytest.mark.parametrize("model", ["late", HOSTILE, "지연"], ids=["plain", "hostile", "hangul"])
def test_promtool_finds_nothing_to_mend(model):
    text, _ = Metrics().text(counted(model), "")
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, check=False
    )

    assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")


def documented(name):
    """The file of this name that the documentation shows."""
    shown = re.search(rf"```yaml\n# {re.escape(name)}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert shown is not None
    return shown[1]


@pytest.fixture
def files(tmp_path):
    """A folder with the documented configuration and rules."""
    for name in ("prometheus.yml", "workbench-rules.yml"):
        (tmp_path / name).write_text(documented(name))
    return tmp_path


@needs_promtool
def test_the_documented_configuration_and_rules_are_valid(files):
    config = (files / "prometheus.yml").read_text()
    (files / "workbench.key").write_text("wb_key")
    kept = config.replace("/etc/prometheus/workbench.key", str(files / "workbench.key"))
    (files / "prometheus.yml").write_text(kept)
    checked = subprocess.run(
        ["promtool", "check", "config", "prometheus.yml"],
        cwd=files, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert checked.returncode == 0, checked.stdout + checked.stderr


LATE = 'model="late", version="7"'
SHADOW = 'model="late", version="8"'
SERIES = {
    'up{job="workbench", instance="a:1"}': ("0x180", "1x180"),
    f'workbench_errors_total{{{LATE}, kind="server"}}': ("0+6x180", "0x180"),
    f'workbench_requests_total{{{LATE}, code="200"}}': ("0+54x180", "0+60x180"),
    f'workbench_requests_total{{{LATE}, code="500"}}': ("0+6x180", "0x180"),
    f'workbench_request_duration_seconds_bucket{{{LATE}, le="0.1"}}': ("0+50x180", "0+60x180"),
    f'workbench_request_duration_seconds_bucket{{{LATE}, le="1.0"}}': ("0+54x180", "0+60x180"),
    f'workbench_request_duration_seconds_bucket{{{LATE}, le="+Inf"}}': ("0+54x180", "0+60x180"),
    'workbench_rejected_total{reason="busy"}': ("0+1x180", "7x180"),
    'workbench_degraded{problem="disk"}': ("1x180", "_x180"),
    f"workbench_shadow_rows_total{{{SHADOW}}}": ("0+100x180", "0+100x180"),
    f"workbench_shadow_agreeing_rows_total{{{SHADOW}}}": ("0+90x180", "0+99x180"),
}
"""What Prometheus has scraped each minute for three hours: of an endpoint that is unwell, and of a sound one."""


def firing_test(column, expected):
    """A test for promtool: how many alerts fire after two and a half hours."""
    series = "".join(
        f"      - {{series: '{name}', values: '{values[column]}'}}\n"
        for name, values in SERIES.items()
    )
    return (
        "rule_files: [workbench-rules.yml]\n"
        "evaluation_interval: 1m\n"
        "tests:\n"
        "  - interval: 1m\n"
        f"    input_series:\n{series}"
        "    promql_expr_test:\n"
        '      - expr: count(ALERTS{alertstate="firing"})\n'
        "        eval_time: 150m\n"
        f"        exp_samples: {expected}\n"
    )


@needs_promtool
@pytest.mark.parametrize("is_sound", [False, True], ids=["unwell", "sound"])
def test_every_documented_rule_fires_when_it_should_and_only_then(files, is_sound):
    alerts = documented("workbench-rules.yml").count("- alert:")
    expected = "[]" if is_sound else f"[{{labels: '{{}}', value: {alerts}}}]"
    (files / "test.yml").write_text(firing_test(int(is_sound), expected))
    checked = subprocess.run(
        ["promtool", "test", "rules", "test.yml"],
        cwd=files, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_documented_metrics_are_those_that_are_said(found):
    said = {re.sub(r"_(bucket|count|sum)$", "", name) for name, *_ in found}
    rules = documented("workbench-rules.yml")

    assert {re.sub(r"_bucket$", "", name) for name in re.findall(r"workbench_\w+", rules)} <= said
