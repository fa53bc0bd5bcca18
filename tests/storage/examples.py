"""Small records to fill a store with, and a clock that stands still."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from storage.records import (
    GateDecision,
    GateVerdict,
    ModelVersion,
    NewModelVersion,
    NewPartition,
    NewRun,
    Parity,
    Signature,
    Version,
)
from storage.store import Transaction

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def partition(name: str, **fields: object) -> NewPartition:
    """A partition whose bytes are told apart by `name`."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    known = {
        "blob": digest,
        "rows": 10,
        "size_bytes": 100,
        "source": f"inbox/{name}.csv",
        "source_sha256": digest,
        "first_time": None,
        "last_time": None,
    }
    return NewPartition(**{**known, **fields})


def pending_version(
    tx: Transaction, *names: str, dataset: str = "flights", replace: bool = False
) -> Version:
    """A pending version with one partition a name."""
    known = tx.datasets.ensure(dataset)
    added = [partition(name) for name in names or ("a",)]
    return tx.datasets.begin_version(known, added, replace=replace, who="ann")


def accepted_version(
    tx: Transaction, *names: str, dataset: str = "flights", replace: bool = False
) -> Version:
    """A version that was begun and accepted."""
    version = pending_version(tx, *names, dataset=dataset, replace=replace)
    tx.datasets.accept(version, replace=replace, profile_blob="p")
    return tx.datasets.version(tx.datasets.get(dataset), version.number)


def new_run(**fields: object) -> NewRun:
    """A run of the experiment `late`."""
    known = {
        "experiment": "late",
        "name": "quiet-heron",
        "recipe": "late",
        "model": "lightgbm.LGBMClassifier",
        "params": {"n_estimators": 200},
        "seed": 7,
        "source_hash": "0" * 64,
    }
    return NewRun(**{**known, **fields})


def new_model_version(run_id: int | None, **fields: object) -> NewModelVersion:
    """A version of the model `late`."""
    known = {
        "model": "late",
        "experiment": "late",
        "run_id": run_id,
        "onnx_blob": "o",
        "native_blob": "n",
        "profile_blob": "p",
        "sample_blob": "s",
        "row_hashes_blob": "h",
        "signature": Signature(task="binary", inputs=(), classes=("no", "yes")),
        "parity": Parity(
            rows=9,
            hostile_rows=3,
            max_abs_diff=0.0,
            p999_abs_diff=0.0,
            flips=0,
            limit=1e-6,
            passed=True,
        ),
        "metrics": {"roc_auc": 0.71},
        "importances": {},
        "created_by": "ann",
    }
    return NewModelVersion(**{**known, **fields})


def registered(tx: Transaction) -> ModelVersion:
    """A new version of the model `late`, from a run of its own."""
    return tx.models.register(new_model_version(tx.runs.start(new_run()).id))


def decision(**fields: object) -> GateDecision:
    """A decision of the gate."""
    known = {
        "verdict": GateVerdict.PASS,
        "reasons": ("the gain is 0.01",),
        "metric": "roc_auc",
        "rows": 1000,
        "champion_value": 0.70,
        "challenger_value": 0.71,
        "gain": 0.01,
        "low": 0.005,
        "high": 0.015,
        "p_value": 0.01,
        "test": "delong",
    }
    return GateDecision(**{**known, **fields})
