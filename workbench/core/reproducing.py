"""How like a run the same run made again is, and what may be why it is not."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from storage.records import Metric, Scalar
from storage.records.reproduction import Remade, Sameness
from workbench.core import words

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "threads", "cpus")
_MACHINE = ("python", "platform", "machine")
_PACKAGE = "package."


def sameness(*, same_file: bool, same_model: bool, same_scores: bool) -> Sameness:
    """The strongest that holds; a model that scores otherwise differs, whatever its file says.

    Args:
        same_file: Whether the files of both models have the same bytes.
        same_model: Whether they mean the same model.
        same_scores: Whether every test row got the same score, bit for bit.
    """
    if not same_scores:
        return Sameness.DIFFERS
    if same_file:
        return Sameness.BIT_IDENTICAL
    return Sameness.SAME_MODEL if same_model else Sameness.SAME_PREDICTIONS


def largest_difference(first: NDArray[np.float64], again: NDArray[np.float64]) -> float | None:
    """Largest absolute difference of two scores of the same row; None when the rows are not the same.

    Args:
        first: Scores as they were kept, flat.
        again: Scores of now, flat.
    """
    if first.shape != again.shape or not first.size:
        return None
    is_same = (first == again) | (np.isnan(first) & np.isnan(again))
    with np.errstate(invalid="ignore"):
        apart = np.abs(first - again)
    apart[is_same] = 0.0
    return float(np.nanmax(np.where(np.isnan(apart), np.inf, apart)))


def remade(first: Mapping[str, Metric], again: Mapping[str, float]) -> tuple[Remade, ...]:
    """The metrics that both runs have and that are not the same."""
    return tuple(
        Remade(key=key, first=metric.value, again=again[key])
        for key, metric in first.items()
        if key in again and not _is_same(metric.value, again[key])
    )


def changes(then: Mapping[str, Scalar], now: Mapping[str, Scalar]) -> Iterator[str]:
    """What has changed around a run since: packages, then machine, then threads."""
    packages = sorted(name for name in {*then, *now} if name.startswith(_PACKAGE))
    for names, kind in ((packages, "package"), (_MACHINE, "machine"), (_THREADS, "threads")):
        for name in names:
            before, after = then.get(name), now.get(name)
            if name in then and before != after:
                shown = name.removeprefix(_PACKAGE)
                yield f"{kind} changed: {shown} was {_told(before)}, is {_told(after)}"


def sentence(
    kind: Sameness,
    *,
    run: str,
    again: str,
    rows: int,
    apart: float | None,
    changed: tuple[Remade, ...],
) -> str:
    """The verdict in one sentence.

    Args:
        kind: The verdict.
        run: Label of the first run.
        again: Label of the second.
        rows: Test rows that both have scored.
        apart: Largest difference of their scores; None: they have not scored the same rows.
        changed: The metrics that are not the same.
    """
    alike = f"gives each of {words.plural(rows, 'test row')} the same score"
    match kind:
        case Sameness.BIT_IDENTICAL:
            return f"{again} is {run} bit for bit, and {alike}."
        case Sameness.SAME_MODEL:
            return f"{again} is the model of {run}, written in another form, and {alike}."
        case Sameness.SAME_PREDICTIONS:
            return f"{again} is another model than {run}, and {alike}."
        case Sameness.DIFFERS if apart is None:
            return f"{again} was tested on other rows than {run}."
        case Sameness.DIFFERS:
            told = "".join(
                f"; {one.key} was {words.metric(one.first)} and is {words.metric(one.again)}"
                for one in changed[:1]
            )
            return f"{again} differs from {run}: scores by up to {words.number(apart)}{told}."


def _is_same(first: float, again: float) -> bool:
    return first == again or (math.isnan(first) and math.isnan(again))


def _told(value: Scalar) -> str:
    return "not there" if value is None else str(value)
