"""What the gate is told besides truth and scores: golden rows, rows that depend on each other, latency."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from storage.records import ModelVersion, Window
from workbench.config import GateConfig
from workbench.core import columns as column_rules
from workbench.core import guards, units
from workbench.engines import latency as timing
from workbench.engines.onnx_session import Session
from workbench.errors import UsageError
from workbench.services import material
from workbench.services import rows as row_services
from workbench.services import truth as truths
from workbench.services.context import Context


def golden(
    context: Context, challenger: ModelVersion, *, target: str, rules: GateConfig
) -> guards.Golden | None:
    """What the challenger makes of the golden rows; None where none are declared.

    Raises:
        NotFound: The dataset has no file yet.
        UsageError: The dataset has no rows yet.
        RequestInvalid: They lack a column that the challenger takes.
    """
    if rules.golden is None:
        return None
    with context.store.read() as tx:
        dataset = tx.datasets.get(rules.golden)
        latest = tx.datasets.latest(dataset)
        if latest is None:
            raise UsageError(
                f"{dataset.name} has no rows yet, so no golden row can be asked.",
                f"Add some with `workbench data add {dataset.name} FILE`.",
            )
        window = Window(dataset=dataset.name, version=latest.number)
        selection = row_services.select(context, tx, window)
    signature = challenger.signature
    columns = list(dict.fromkeys([*signature.names, target]))
    rows = context.store.frames.fetch(selection, columns)
    session = Session(context.store.blobs.read(challenger.onnx_blob), signature)
    return guards.golden(
        signature.task,
        truths.truth_of(signature.task, rows[target], signature.classes),
        session.scores(column_rules.typed(signature, rows)),
        tolerance=rules.golden_tolerance,
    )


def drawn_together(
    rules: GateConfig, rows: dict[str, NDArray[Any]], *, group: str | None, time: str | None
) -> units.Units | None:
    """What rows depend on each other: those of a group, else of a block of event time; None: none do."""
    if group is not None:
        return units.by_group(column_rules.texts(rows[group]).astype(str))
    if time is None or rules.by == "rows":
        return None
    found = units.by_time(material.moments(rows[time]))
    # A hold-out of a few moments, such as a file a day, could never be judged by blocks of time.
    return found if rules.by == "time" or found.count >= units.LEAST else None


def latency(
    context: Context,
    champion: ModelVersion | None,
    challenger: ModelVersion,
    rows: dict[str, NDArray[Any]],
    *,
    rules: GateConfig,
) -> guards.Latency | None:
    """How long single rows take both; None where nothing is asked or nothing can be compared."""
    if champion is None or rules.max_latency_ratio is None or not len(next(iter(rows.values()))):
        return None
    asked = [
        timing.Asked(
            session=Session(context.store.blobs.read(version.onnx_blob), version.signature),
            columns=column_rules.typed(version.signature, rows),
        )
        for version in (champion, challenger)
    ]
    return guards.latency(*timing.by_turns(*asked))
