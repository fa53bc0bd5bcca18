"""The proof of a model from elsewhere: against its own form, or of a graph against its file and itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.errors import Problem
from storage.records import InputType, Parity, Version
from workbench.core import columns as column_rules
from workbench.core import parity
from workbench.engines import native, parity_check
from workbench.engines.foreign.opened import Built
from workbench.engines.onnx_session import Session
from workbench.errors import ExportRefused
from workbench.services import proving_rows
from workbench.services.context import Context

ORIGINAL_ROWS = 2000
"""Rows by which a graph is held against the file as it came."""


def prove(
    context: Context,
    version: Version,
    built: Built,
    session: Session,
    target: NDArray[Any] | None,
) -> Parity:
    """The proof of a graph that was made of a file, on the rows of a dataset version.

    Args:
        context: The project.
        version: Of the dataset.
        built: The model.
        session: Its graph, loaded.
        target: The target of all rows; None: it is not known.

    Raises:
        ExportRefused: The graph does not answer as the file it was made of.
        ModelUnreadable: The file has a threshold of its own, or gives no probabilities.
    """
    asked = proving_rows.of_version(context, version.dataset, version.number or 0, built.signature)
    std = None
    if built.signature.task == "regression":
        std = _spread(session, asked.columns, target)
    if built.native is not None:
        _refuse_several_values(built.native, asked.columns)
        return parity_check.prove(
            built.native, session, asked.columns, row_numbers=asked.numbers, target_std=std
        )
    _hold_against_file(built, session, asked.columns, std)
    return parity_check.prove_alone(session, asked.columns, target_std=std)


def _refuse_several_values(model: native.NativeModel, columns: dict[str, NDArray[Any]]) -> None:
    """Raises ExportRefused where a model gives more than one answer a row."""
    first = {name: values[:1] for name, values in columns.items()}
    found = len(model.scores(first))
    if found != 1:
        raise ExportRefused(
            f"The model gives {found} values a row, and only models with one can be registered.",
            "Fit one for each target.",
        )


def _spread(
    session: Session, columns: dict[str, NDArray[Any]], target: NDArray[Any] | None
) -> float:
    """Standard deviation of the target, or of the answers where no target is known."""
    if target is not None and column_rules.kind_of(target) not in {None, InputType.STRING}:
        return float(np.nanstd(column_rules.numbers(target)))
    return float(np.nanstd(session.scores(column_rules.typed(session.signature, columns))))


def _hold_against_file(
    built: Built, session: Session, columns: dict[str, NDArray[Any]], std: float | None
) -> None:
    """Raises ExportRefused where the graph does not answer as the file that it was made of."""
    if built.original is None:
        return
    first = {name: values[:ORIGINAL_ROWS] for name, values in columns.items()}
    typed = column_rules.typed(built.signature, first)
    try:
        found, expected = session.scores(typed), built.original(typed)
    except Problem:
        raise
    except Exception as error:  # the runtime has no common base of its errors
        raise ExportRefused(
            f"The graph has no answer for several rows at once: {str(error).splitlines()[0][:200]}.",
            "Export it with a number of rows that is left open.",
        ) from error
    held = parity.compare(
        expected, found, task=built.signature.task, hostile_from=len(found), target_std=std
    )
    if not held.passed:
        raise ExportRefused(
            f"Asked about many rows, the graph answers otherwise than about one: the largest difference "
            f"is {held.max_abs_diff:.3g}, with {held.flips} labels flipped.",
            "Export it with a number of rows that is left open.",
        )
