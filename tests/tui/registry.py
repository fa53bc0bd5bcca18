"""What the stocked project's model lacks: a version from a file whose proof failed, tags, an alias, repeats."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage.records import Parity, WorstRow
from tests.tui.stock import Stocking, _model_version

FILED = 9
"""The version that was brought in from a file, and whose proof failed."""
REASON = "12 rows are known to be typing errors"
FAILED = Parity(
    rows=1000,
    hostile_rows=24,
    max_abs_diff=0.31,
    p999_abs_diff=1e-9,
    flips=12,
    limit=1e-4,
    passed=False,
    worst=(
        WorstRow(
            row=17,
            kind="unknown category",
            changed=("carrier",),
            values={"carrier": "서울", "temp": "31.5", "dewp": ""},
            native=(0.2, 0.8),
            onnx=(0.51, None),
            difference=0.31,
            flipped=True,
        ),
    ),
    packages={"onnxruntime": "1.31.0", "lightgbm": "4.7.0"},
)


def with_file(project: Path) -> Path:
    """Brings a version in from a file; its proof failed."""
    stocking = Stocking(project)
    new = replace(
        _model_version(1),
        run_id=None,
        source="late.onnx, sha256 ab12",
        dataset="flights",
        version=3,
        parity=FAILED,
        importances={},
        metrics={"roc_auc": 0.71},
        intervals={"roc_auc": (0.70, 0.72)},
        note="from the old team",
        tags={"team": "ops"},
    )
    with stocking.store.write() as tx:
        assert tx.models.register(new).number == FILED
    stocking.store.close()
    return project


def with_another_model(project: Path) -> Path:
    """Registers a model called 요금 beside the stocked one; it has no champion."""
    stocking = Stocking(project)
    new = replace(_model_version(1), model="요금", experiment="", run_id=None, source="요금.txt")
    with stocking.store.write() as tx:
        tx.models.register(new)
    stocking.store.close()
    return project


def verified(project: Path, number: int, parity: Parity) -> None:
    """Proves a version again."""
    stocking = Stocking(project)
    with stocking.store.write() as tx:
        tx.models.add_verification(tx.models.version("late", number), parity, who="j20")
    stocking.store.close()


def finish(project: Path, job: int, result: dict[str, object], *, error: str = "") -> None:
    """Ends a queued job as a worker would."""
    stocking = Stocking(project)
    stocking.clock.at = datetime.now(UTC) + timedelta(minutes=1)
    with stocking.store.write() as tx:
        claimed = tx.jobs.claim("worker-9", lease_s=1e7)
        while claimed is not None and claimed.id != job:
            claimed = tx.jobs.claim("worker-9", lease_s=1e7)
        assert claimed is not None
        if error:
            tx.jobs.fail(claimed, error, retry=False)
        else:
            tx.jobs.finish(claimed, result)
    stocking.store.close()
