"""Histories of models that never lived, for the report: plain, unlabelled, hostile, endless."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from storage import records

MADE_AT = datetime(2026, 11, 23, 18, 10, tzinfo=UTC)
MODEL = records.Model(id=1, name="late", experiment="late", created_at=MADE_AT)
HOSTILE = (
    "<script>alert(1)</script>",
    "\"quoted\" & 'apostrophed'",
    "출발_지연",
    "a\x00b\x1f\ud800\u202eend",
    "--></style></title>",
    "x" * 300,
)


def start_of(index: int) -> datetime:
    """The first moment of a month, counted from April 2013."""
    return datetime(2013 + (index + 3) // 12, (index + 3) % 12 + 1, 1, 5, tzinfo=UTC)


def dataset_version(index: int, *, timed: bool = True) -> records.Version:
    """The dataset version that a window is about."""
    start = start_of(index)
    return records.Version(
        id=index + 4,
        dataset_id=1,
        dataset="flights",
        number=index + 4,
        state=records.VersionState.CURRENT,
        parent=index + 3,
        hash="ab" * 32,
        rows=100_000 + 27_564 * index,
        rows_added=27_564,
        size_bytes=10,
        created_at=MADE_AT,
        created_by="me",
        sources=("a.csv",),
        first_time=start if timed else None,
        last_time=start + timedelta(days=27) if timed else None,
        reason=None,
    )


def column(name: str, *, ratio: float = 0.5, importance: float | None = 0.1) -> records.ColumnDrift:
    """A column whose effect is `ratio` times its limit of 0.4."""
    verdict = records.DriftVerdict.STABLE
    if ratio >= 0.5:
        verdict = records.DriftVerdict.DRIFT if ratio >= 1 else records.DriftVerdict.WARN
    return records.ColumnDrift(
        name=name,
        kind=records.ColumnKind.NUMERIC,
        verdict=verdict,
        effect=0.4 * ratio,
        p_value=1e-9,
        p_adjusted=1e-8,
        limit=0.4,
        limit_source="calibrated",
        rows=27_564,
        psi=0.31,
        wasserstein=0.5,
        jensen_shannon=0.2,
        null_share_reference=0.0,
        null_share=0.0,
        new_value_share=0.0,
        importance=importance,
    )


def drift_report(
    index: int, columns: Sequence[records.ColumnDrift], *, champion: int = 1, sentence: str = ""
) -> records.DriftReport:
    """A drift report of a window."""
    drifted = any(one.verdict is records.DriftVerdict.DRIFT for one in columns)
    return records.DriftReport(
        id=index + 1,
        dataset="flights",
        version=index + 4,
        model="late",
        model_version=champion,
        reference=f"training rows of late@v{champion}",
        comparison=records.Comparison(
            verdict=records.DriftVerdict.DRIFT if drifted else records.DriftVerdict.STABLE,
            rows=27_564,
            reference_rows=80_000,
            columns=tuple(columns),
        ),
        sentence=sentence or "temp drifted; no drift: no action",
        decision=(sentence or "no drift: no action").rpartition("; ")[2],
        window_start=start_of(index),
        window_end=start_of(index) + timedelta(days=27),
        created_at=MADE_AT,
    )


def evaluation(
    index: int,
    value: float,
    *,
    number: int = 1,
    metric: str = "roc_auc",
    half_width: float = 0.007,
    role: records.EvaluationRole = records.EvaluationRole.CHAMPION,
) -> records.Evaluation:
    """A version's metric on a window."""
    return records.Evaluation(
        id=index + 1,
        model="late",
        model_version=number,
        role=role,
        dataset="flights",
        version=index + 4,
        metric=metric,
        value=value,
        low=value - half_width,
        high=value + half_width,
        rows=27_564,
        source="scored",
        window_start=start_of(index),
        window_end=start_of(index),
        created_at=MADE_AT,
    )


def cycle(index: int, state: records.CycleState, *, challenger: int | None = 2) -> records.Cycle:
    """A retraining cycle that a window fired."""
    is_open = state is records.CycleState.OPEN
    return records.Cycle(
        id=index + 1,
        model="late",
        state=state,
        trigger="drift of temp",
        dataset="flights",
        version=index + 4,
        opened_at=MADE_AT,
        policy_time=start_of(index),
        closed_at=None if is_open else MADE_AT,
        outcome=None if is_open else f"the cycle was {state.value}",
        run_id=3,
        challenger=challenger,
    )


def review(
    index: int,
    verdict: records.GateVerdict,
    *,
    challenger: int = 2,
    champion: int | None = 1,
    gain: float = 0.02,
    slices: Sequence[records.SliceGain] = (),
) -> records.GateReview:
    """What the gate said of a challenger."""
    return records.GateReview(
        id=index + 1,
        model="late",
        challenger=challenger,
        champion=champion,
        dataset="flights",
        version=index + 4,
        decision=records.GateDecision(
            verdict=verdict,
            reasons=(f"The gain is {gain:+.3g}.", "It is <b>enough</b>."),
            metric="roc_auc",
            rows=27_564,
            champion_value=0.65,
            challenger_value=0.65 + gain,
            gain=gain,
            low=gain - 0.005,
            high=gain + 0.005,
            p_value=1e-5,
            test="DeLong",
            slices=tuple(slices),
            guards={
                "brier": 0.2,
                "churn": 0.1,
                "ece": 0.1,
                "ece_champion": 0.2,
                "parity_passed": 1.0,
            },
        ),
        looks=1,
        cycle_id=index + 1,
        created_at=MADE_AT,
    )


def slice_gain(value: str, *, gain: float = 0.01) -> records.SliceGain:
    """The gain within one origin."""
    return records.SliceGain(
        column="origin",
        value=value,
        rows=900,
        gain=gain,
        low=gain - 0.01,
        high=gain + 0.01,
        p_adjusted=1.0,
    )


def model_version(number: int, *, aliases: tuple[str, ...] = ()) -> records.ModelVersion:
    """A version of the model."""
    return records.ModelVersion(
        id=number,
        model_id=1,
        model="late",
        number=number,
        run_id=number + 1,
        dataset="flights",
        version=3,
        train="flights@v3",
        onnx_blob="",
        native_blob="",
        profile_blob="",
        sample_blob="",
        row_hashes_blob="",
        signature=records.Signature(task="binary", inputs=()),
        parity=records.Parity(
            rows=79_583,
            hostile_rows=10,
            max_abs_diff=2.5e-16,
            p999_abs_diff=0.0,
            flips=0,
            limit=1e-4,
            passed=True,
        ),
        metrics={"roc_auc": 0.709, "training_rows": 50_009.0},
        importances={},
        created_by="me",
        created_at=MADE_AT,
        aliases=aliases,
    )


def window(
    index: int,
    *,
    report: records.DriftReport | None = None,
    champion: records.Evaluation | None = None,
    frozen: records.Evaluation | None = None,
    cycle: records.Cycle | None = None,
    review: records.GateReview | None = None,
    serving: int | None = 1,
    timed: bool = True,
) -> records.HistoryWindow:
    """A window with what is known of it."""
    return records.HistoryWindow(
        version=dataset_version(index, timed=timed),
        report=report,
        champion=champion,
        frozen=frozen,
        cycle=cycle,
        review=review,
        serving=serving,
    )


def history(
    *windows: records.HistoryWindow,
    versions: Sequence[records.ModelVersion] | None = None,
    metric: str = "roc_auc",
    model: records.Model = MODEL,
) -> records.ModelHistory:
    """A history of these windows; v2 is champion unless versions are given."""
    if versions is None:
        versions = (model_version(1), model_version(2, aliases=("champion",)))
    return records.ModelHistory(
        model=model, metric=metric, windows=windows, versions=tuple(versions)
    )


def eventful(index: int, served: float, frozen: float, *, number: int = 2) -> records.HistoryWindow:
    """A window in which everything is known, and a challenger was promoted."""
    return window(
        index,
        report=drift_report(index, [column("temp", ratio=1.2), column("dewp")], champion=number),
        champion=evaluation(index, served, number=number),
        frozen=evaluation(index, frozen, role=records.EvaluationRole.FROZEN),
        cycle=cycle(index, records.CycleState.PROMOTED, challenger=number + 1),
        review=review(
            index,
            records.GateVerdict.PASS,
            challenger=number + 1,
            champion=number,
            slices=[slice_gain("EWR"), slice_gain("JFK", gain=-0.01)],
        ),
        serving=number + 1,
    )


def year(months: int = 12, columns: int = 16) -> records.ModelHistory:
    """Months full of everything, a challenger each."""
    windows = []
    for index in range(months):
        moved = [column(f"column_{i}", ratio=0.3 + i / 10) for i in range(columns)]
        full = eventful(index, 0.70, 0.66, number=index + 1)
        windows.append(
            window(
                index,
                report=drift_report(index, moved, champion=index + 1),
                champion=full.champion,
                frozen=full.frozen,
                cycle=full.cycle,
                review=full.review,
                serving=index + 2,
            )
        )
    last = months + 1
    versions = [model_version(number) for number in range(1, last)]
    return history(*windows, versions=[*versions, model_version(last, aliases=("champion",))])


def hostile() -> records.ModelHistory:
    """Every name that somebody else chose would break a page that trusted it."""
    columns = [column(name, ratio=1.0 + i) for i, name in enumerate(HOSTILE)]
    sentence = f"{HOSTILE[0]} drifted; retraining: drift of {HOSTILE[0]}"
    full = eventful(0, 0.7, 0.6)
    shown = window(
        0,
        report=drift_report(0, columns, champion=2, sentence=sentence),
        champion=full.champion,
        frozen=full.frozen,
        cycle=full.cycle,
        review=review(0, records.GateVerdict.HOLD, slices=[slice_gain(name) for name in HOSTILE]),
        serving=2,
    )
    model = records.Model(id=1, name=HOSTILE[0], experiment=HOSTILE[3], created_at=MADE_AT)
    return history(shown, model=model)
