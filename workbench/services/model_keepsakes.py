"""What is kept of a model version in blobs: figures, profile, sample; what is not there is noted."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from storage.errors import Problem
from storage.records import ModelVersion, Profile, Run, Scalar
from workbench.core import parity
from workbench.core.model_cards import Example
from workbench.core.run_figures import RunFigures
from workbench.services import figures_of_runs, rows
from workbench.services.context import Context


def figures(context: Context, run: Run | None, unknown: list[str]) -> RunFigures | None:
    """What its run kept to draw; None where there is nothing."""
    if run is None:
        return None
    try:
        found = figures_of_runs.read(context, run)
    except Problem as problem:
        unknown.append(f"The figures of {run.label} cannot be read: {problem.problem}")
        return None
    if found is None:
        unknown.append(
            f"{run.label} kept no curves, slices and signs of leaks: it was trained by an earlier release."
        )
    return found


def profile(context: Context, version: ModelVersion, unknown: list[str]) -> Profile | None:
    """The profile of its training rows; None where it is not there."""
    try:
        return rows.read_profile(context, version.profile_blob)
    except (Problem, ValueError):
        unknown.append("The profile of its training rows is not there.")
        return None


def example(context: Context, version: ModelVersion, unknown: list[str]) -> Example | None:
    """The row of the sample that lacks the least, with its answer."""
    try:
        kept = msgspec.json.decode(context.store.blobs.read(version.sample_blob))
    except (Problem, ValueError):
        unknown.append("The rows that were asked at registration are not there.")
        return None
    columns: dict[str, list[Any]] = kept["columns"]
    scores: list[Any] = kept["scores"]
    if not scores or not columns:
        return None
    found = [{name: values[at] for name, values in columns.items()} for at in range(len(scores))]
    at = min(
        range(len(scores)), key=lambda row: sum(_is_missing(one) for one in found[row].values())
    )
    return _answered(version, found[at], scores[at])


def _answered(version: ModelVersion, row: dict[str, Scalar], score: Any) -> Example:
    classes = version.signature.classes
    if not classes:
        return Example(row=row, label="", probabilities={}, value=_number(score))
    scores = np.array([score], np.float64)
    shares = [1.0 - score, score] if scores.ndim == 1 and score is not None else score
    return Example(
        row=row,
        label=classes[int(parity.labels(scores)[0])],
        probabilities=dict(zip(classes, shares or (), strict=False)),
        value=None,
    )


def _number(score: Any) -> float | None:
    return None if score is None else float(score)


def _is_missing(value: object) -> bool:
    return value is None or value == ""
