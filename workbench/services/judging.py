"""What the gate is told besides truth and scores: golden rows, latency."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from storage.records import ModelVersion, Window
from workbench.config import GateConfig
from workbench.core import columns as column_rules
from workbench.core import guards
from workbench.engines import latency as timing
from workbench.engines.onnx_session import Session
from workbench.errors import UsageError
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
