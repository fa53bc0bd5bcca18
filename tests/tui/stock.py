"""Stocks a real store with a year of flights, through the repositories and always the same."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import workbench
from storage.layout import Layout
from storage.records import (
    CHAMPION,
    Column,
    ColumnKind,
    Comparison,
    CycleState,
    DriftVerdict,
    GateDecision,
    GateVerdict,
    InputColumn,
    InputType,
    Job,
    Metric,
    MetricPoint,
    Model,
    NewAlert,
    NewEvent,
    NewJob,
    NewModelVersion,
    NewPartition,
    NewRun,
    Parity,
    RunState,
    Schema,
    Severity,
    Signature,
    SliceGain,
    Version,
)
from storage.store import Store, Transaction
from tests.tui.shapes import (
    CHAMPIONS,
    COLUMNS,
    FROZEN,
    IMPORTANCE,
    MONTHS,
    NOW,
    SERVING,
    checks,
    column_drift,
    month,
    profile,
)
from workbench import config
from workbench.engines import instance
from workbench.services import rows
from workbench.services.context import Context, initialise

TOML = """
[project]
name = "flights"
[datasets.flights]
files = "inbox/flights/*"
time = "scheduled_departure"
[experiments.late]
dataset = "flights"
target = "late"
model = "lightgbm.LGBMClassifier"
metric = "roc_auc"
[models.late]
experiment = "late"
"""
RUNS, LIVE_RUN, FAILED_RUN, KILLED_RUN = 19, 19, 13, 9
VERSIONS = 8
CHAMPION_NUMBER = 6
EVENTS = 400
FINISHED_JOBS = 15
LIVE_JOB = FINISHED_JOBS + 1
GAINS = {2: 0.008, 3: 0.012, 4: 0.016, 5: 0.02, 6: 0.024, 7: -0.0113, 8: 0.0004}


class Clock:
    """A clock that stands where it was put."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at

    def back(self, **ago: float) -> None:
        """Puts the clock so long before now."""
        self.at = NOW - timedelta(**ago)


class Stocking:
    """A store being filled, moment by moment."""

    def __init__(self, project: Path) -> None:
        self.clock = Clock()
        self.store = Store.open(project, program="test", clock=self.clock)
        self.context = Context(
            store=self.store, config=config.read(project / "workbench.toml"), who="worker"
        )

    @contextmanager
    def moment(self, **ago: float) -> Iterator[Transaction]:
        """A transaction so long before now."""
        self.clock.back(**ago)
        with self.store.write() as tx:
            yield tx


def new_project(project: Path) -> Path:
    """An empty project."""
    project.mkdir(parents=True)
    (project / "workbench.toml").write_text(TOML, encoding="utf-8")
    initialise(project)
    return project


def stocked_project(project: Path) -> Path:
    """A project that has lived through a year of flights."""
    new_project(project)
    stocking = Stocking(project)
    versions = [_ingest(stocking, number) for number in range(1, 13)]
    _refuse_files(stocking)
    for number in range(1, RUNS + 1):
        _run(stocking, number)
    model = _register(stocking)
    for index, version in enumerate(versions[3:]):
        _monitor(stocking, model, version, index)
    _judge(stocking, model, versions)
    _queue(stocking, project)
    _tell(stocking)
    stocking.store.close()
    waiting = project / "inbox" / "flights" / "flights-2014-01.csv"
    waiting.parent.mkdir(parents=True)
    waiting.write_text("flight_id\n", encoding="utf-8")
    return project


@contextmanager
def processes(project: Path) -> Iterator[None]:
    """Has the project's processes count as running, but for the watcher."""
    started_at = (NOW - timedelta(hours=2, minutes=7)).isoformat()
    address = {"serve": "http://127.0.0.1:8080"}
    with ExitStack() as held:
        for name in ("up", "worker", "serve"):
            lock = instance.hold(Layout(project).locks / f"{name}.lock")
            held.enter_context(lock).publish(started_at=started_at, address=address.get(name))
        yield


def _ingest(stocking: Stocking, number: int) -> Version:
    start, end = month(number)
    name = f"flights-2013-{number:02}.parquet"
    minutes = 4 * (12 - number) + 2
    blob = rows.keep_profile(stocking.context, profile(shift=number))
    partition = NewPartition(
        blob=f"{number:064x}",
        rows=MONTHS[number - 1],
        size_bytes=290_000,
        source=f"inbox/flights/{name}",
        source_sha256=f"{number:064x}",
        first_time=start,
        last_time=end,
    )
    with stocking.moment(minutes=minutes) as tx:
        dataset = tx.datasets.ensure("flights")
        tx.datasets.pin(dataset, _schema())
        version = tx.datasets.begin_version(dataset, [partition], replace=False, who="watch")
        facts = {"version": number, "rows": MONTHS[number - 1], "moved_to": "inbox/done"}
        tx.arrivals.record(dataset, [_file(name, "ingested", **facts)])
    with stocking.moment(minutes=minutes - 1) as tx:
        tx.checks.keep(version.id, checks(number))
        tx.datasets.accept(version, replace=False, profile_blob=blob)
    return version


def _schema() -> Schema:
    return Schema(
        columns=tuple(
            Column(name=name, type="DOUBLE", kind=ColumnKind(kind)) for name, kind in COLUMNS
        )
    )


def _file(name: str, state: str, **facts: object) -> dict[str, object]:
    known = {"path": f"inbox/flights/{name}", "sha256": "0" * 64, "size_bytes": 291_113}
    return {**known, "modified_ns": 0, "state": state, **facts}


def _refuse_files(stocking: Stocking) -> None:
    bad = _file("서울_day_16b.csv", "quarantined", reason="column carrier is missing")
    again = _file("flights-2013-06.parquet", "duplicate", reason="same bytes as v6")
    with stocking.moment(minutes=1) as tx:
        tx.arrivals.record(tx.datasets.get("flights"), [again, bad])


def _run(stocking: Stocking, number: int) -> None:
    recipe = ("default", "logistic", "deep")[number % 3]
    quality = 0.69 + 0.06 * math.sin(number / 5) + (0.01 if recipe == "default" else -0.02)
    seconds = 180 * (RUNS - number) + 48
    new = NewRun(
        experiment="late",
        name=f"late-{number}",
        recipe=recipe,
        model="lightgbm.LGBMClassifier",
        params={"n_estimators": 200, "learning_rate": 0.05, "num_leaves": 31 + number},
        seed=7,
        source_hash="f" * 64,
        dataset="flights",
        version=number // 2 + 3,
        train="2013-08-01 to 2013-11-01",
        test="2013-11-01 to 2013-12-01",
        environment={"git_commit": "4f1c2ab9d", "python": "3.11.9", "lightgbm": "4.7.0"},
        created_by="worker",
        job_id=LIVE_JOB if number == LIVE_RUN else None,
    )
    with stocking.moment(seconds=seconds) as tx:
        run = tx.runs.start(new)
        if number != FAILED_RUN:
            tx.runs.log(run.id, _curve(number, quality))
            tx.runs.set_metrics(run.id, _metrics(number, quality))
    if number == LIVE_RUN:
        return
    ends = {FAILED_RUN: RunState.FAILED, KILLED_RUN: RunState.KILLED}
    error = "Column 'dewp' has no values in the training window." if number == FAILED_RUN else None
    with stocking.moment(seconds=seconds - 20 - number) as tx:
        tx.runs.end(run.id, state=ends.get(number, RunState.FINISHED), error=error)


def _metrics(number: int, quality: float) -> list[Metric]:
    low, high = quality - 0.008, quality + 0.008
    return [
        Metric(key="roc_auc", value=quality, step=200, low=low, high=high),
        Metric(key="log_loss", value=1 - quality, step=200),
        Metric(key="brier", value=0.148 + number / 4000, step=200),
    ]


def _curve(number: int, quality: float) -> list[MetricPoint]:
    noise = random.Random(number)
    found = []
    for step in range(200):
        wave = 0.4 * math.exp(-step / 45)
        for key, top, sign in (("roc_auc", quality, -1), ("log_loss", 1 - quality, 1)):
            value = top + sign * wave + noise.uniform(-0.004, 0.004)
            found.append(MetricPoint(key=key, value=value, step=step, at=NOW))
    return found


def _register(stocking: Stocking) -> Model:
    for number in range(1, VERSIONS + 1):
        with stocking.moment(minutes=4 * (9 - number)) as tx:
            tx.models.register(_model_version(number))
            if number <= CHAMPION_NUMBER:
                before = number - 1 or None
                tx.models.move_alias(
                    "late", CHAMPION, to=number, expected=before, who="policy", why="it passed"
                )
            return_model = tx.models.get("late")
    return return_model


def _model_version(number: int) -> NewModelVersion:
    kinds = {"numeric": InputType.NUMBER, "categorical": InputType.STRING}
    inputs = tuple(
        InputColumn(name=name, graph_name=name, type=kinds[kind], nullable=True)
        for name, kind in COLUMNS
    )
    blobs = ("onnx_blob", "native_blob", "profile_blob", "sample_blob", "row_hashes_blob")
    quality = 0.69 + 0.06 * math.sin((number * 2 + 2) / 5)
    return NewModelVersion(
        model="late",
        experiment="late",
        run_id=number * 2 + 2,
        **dict.fromkeys(blobs, "a" * 64),
        signature=Signature(task="binary", inputs=inputs, classes=("false", "true")),
        parity=Parity(
            rows=100_000,
            hostile_rows=4_096,
            max_abs_diff=3.3e-16,
            p999_abs_diff=2.2e-16,
            flips=0,
            limit=1e-4,
            passed=True,
        ),
        metrics={"roc_auc": quality, "log_loss": 1 - quality, "brier": 0.148},
        importances=dict(zip((name for name, _ in COLUMNS), IMPORTANCE, strict=True)),
        created_by="worker",
    )


def _monitor(stocking: Stocking, model: Model, version: Version, index: int) -> None:
    columns = tuple(column_drift(index, place) for place in range(len(COLUMNS)))
    found = Comparison(
        verdict=DriftVerdict.DRIFT, rows=version.rows_added, reference_rows=80_789, columns=columns
    )
    top = ", ".join(
        f"{c.name} effect {c.effect:.2f} (limit {c.limit:.2f})" for c in found.drifted[:2]
    )
    said = f"{len(found.drifted)} of {len(columns)} columns drifted: {top}."
    known = {"metric": "roc_auc", "rows": version.rows_added, "source": "predictions"}
    roles = (("champion", CHAMPIONS[index], SERVING[index]), ("frozen", FROZEN[index], 1))
    with stocking.moment(minutes=4 * (8 - index)) as tx:
        serving = tx.models.version("late", SERVING[index])
        tx.drift.keep(
            version,
            found,
            against=serving,
            reference=f"training rows of late v{serving.number}",
            sentence=f"{said} Realised roc_auc says {CHAMPIONS[index]:.3f}, which outranks them.",
            decision="no action",
        )
        tx.drift.evaluate(
            model,
            version,
            [
                {
                    **known,
                    "role": role,
                    "model_version": number,
                    "value": value,
                    "low": value - 0.0075,
                    "high": value + 0.0075,
                }
                for role, value, number in roles
            ],
        )


def _judge(stocking: Stocking, model: Model, versions: list[Version]) -> None:
    for challenger, gain in GAINS.items():
        version = versions[challenger + 2]
        verdict = GateVerdict.PASS if gain > 0.005 else GateVerdict.HOLD
        verdict = GateVerdict.REJECT if gain < 0 else verdict
        ends = {GateVerdict.REJECT: CycleState.REJECTED, GateVerdict.HOLD: CycleState.HELD}
        state = ends.get(verdict, CycleState.PROMOTED)
        with stocking.moment(minutes=4 * (9 - challenger)) as tx:
            cycle = tx.reviews.open_cycle(
                model,
                trigger="drift in 2 of 3 windows: temp, dewp",
                version=version,
                policy_time=version.last_time,
            )
            tx.reviews.note_run(cycle.id, challenger * 2 + 2)
            tx.reviews.note_challenger(cycle.id, challenger)
            tx.reviews.add(
                model,
                _decision(verdict, gain),
                challenger=challenger,
                champion=min(challenger - 1, CHAMPION_NUMBER),
                version=version,
                cycle_id=cycle.id,
            )
            tx.reviews.close_cycle(
                cycle.id, state=state, outcome=f"{state.value}: gain {gain:+.4f}"
            )


def _decision(verdict: GateVerdict, gain: float) -> GateDecision:
    compared = ">" if verdict is GateVerdict.PASS else "<="
    return GateDecision(
        verdict=verdict,
        reasons=(
            f"gain {gain:+.4f}, lower bound {gain - 0.004:+.4f} {compared} -0.0020",
            "ONNX parity holds",
            "slices of origin: none is worse than allowed",
        ),
        metric="roc_auc",
        rows=28_796,
        champion_value=0.7012,
        challenger_value=0.7012 + gain,
        gain=gain,
        low=gain - 0.004,
        high=gain + 0.004,
        p_value=0.0004 if abs(gain) > 0.005 else 0.31,
        test="DeLong",
        slices=(
            SliceGain(
                column="origin",
                value="JFK",
                rows=9_120,
                gain=gain + 0.002,
                low=gain - 0.006,
                high=gain + 0.009,
                p_adjusted=0.8,
            ),
        ),
        guards={"ece": 0.012},
    )


def _queue(stocking: Stocking, project: Path) -> None:
    kinds = (("train", "late"), ("check", "flights@v12"), ("drift", "flights@v12"))
    for number in range(FINISHED_JOBS):
        kind, subject = kinds[number % 3]
        seconds = 60 * (FINISHED_JOBS - number) + 120
        job = _claimed(stocking, NewJob(kind=kind, subject=subject), seconds=seconds)
        with stocking.moment(seconds=seconds - 8) as tx:
            if number == FINISHED_JOBS - 3:
                tx.jobs.fail(job, "The recipe 'deep' needs torch.", retry=False)
            else:
                tx.jobs.finish(job, {"rows": 28_135})
    live = _claimed(stocking, NewJob(kind="train", subject="late"), seconds=99)
    assert live.id == LIVE_JOB
    with stocking.moment(seconds=3) as tx:
        tx.jobs.report(live, 0.62, "tree 124 of 200, roc_auc 0.7132")
    _claimed(stocking, NewJob(kind="drift", subject="flights@v12"), seconds=41)
    with stocking.moment(seconds=20) as tx:
        tx.jobs.enqueue(NewJob(kind="gate", subject="late@v9"))
    lines = [f"15:41:{s:02} [{s * 4}] valid roc_auc {0.69 + s / 2000:.4f}" for s in range(60)]
    log = Layout(project).job_log(live.id)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("\n".join(["training on 86 422 rows, 14 columns", *lines, ""]), encoding="utf-8")


def _claimed(stocking: Stocking, new: NewJob, *, seconds: float) -> Job:
    with stocking.moment(seconds=seconds) as tx:
        tx.jobs.enqueue(new)
    with stocking.moment(seconds=seconds - 1) as tx:
        claimed = tx.jobs.claim("worker-1", lease_s=1e7)
    assert claimed is not None
    return claimed


def _tell(stocking: Stocking) -> None:
    told = (
        ("version.current", "flights@v12", "28 135 rows added; 7 of 7 checks passed", "info"),
        ("drift.found", "flights@v12", "temp drifted: effect 0.58 (limit 0.41)", "warning"),
        ("cycle.opened", "late", "drift in 2 of 3 windows: temp, dewp", "info"),
        ("run.finished", "r17", "roc_auc 0.714 on 27 268 rows in 38 s", "info"),
        ("gate.rejected", "late@v7", "gain -0.0113, lower bound -0.0153 <= -0.002", "warning"),
        ("arrival.quarantined", "flights", "서울_day_16b.csv: column carrier is missing", "error"),
        ("alias.moved", "late@v6", "late v6 is champion; was v5: it passed", "info"),
    )
    for number in range(EVENTS):
        kind, subject, message, severity = told[number % len(told)]
        new = NewEvent(kind=kind, subject=subject, message=message, severity=Severity(severity))
        with stocking.moment(seconds=37 * (EVENTS - number)) as tx:
            tx.events.add(new)
    _raise_alerts(stocking)


def _raise_alerts(stocking: Stocking) -> None:
    raised = (
        (
            "temp drifted for 2 windows",
            "Effect 0.58 (limit 0.41) on 28 135 rows of flights@v12.",
            Severity.WARNING,
        ),
        (
            "late@v8 is held by the gate",
            "The interval of the gain is too wide to say.\nPromote it by hand, or wait for rows.",
            Severity.WARNING,
        ),
        (
            "서울_day_16b.csv is in quarantine",
            "Column carrier is missing.\nAdd it, or change [datasets.flights].",
            Severity.ERROR,
        ),
    )
    for index, (title, text, severity) in enumerate(raised):
        for _ in range(3 - index):
            with stocking.moment(minutes=12 - 4 * index) as tx:
                tx.events.raise_alert(
                    NewAlert(key=f"alert {index}", severity=severity, title=title, text=text)
                )


def reopened(project: Path) -> workbench.Workbench:
    """A second handle on the same project: somebody else."""
    return workbench.open(project)
