"""Puts challengers through the gate; those that pass become champion."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.errors import AliasMoved
from storage.records import (
    CycleState,
    GateDecision,
    GateVerdict,
    ModelVersion,
    NewAlert,
    NewEvent,
    Severity,
    Window,
)
from storage.store import Transaction
from workbench.core import columns as column_rules
from workbench.core import fitness, gate, metrics
from workbench.core.words import plural
from workbench.engines.onnx_session import Session
from workbench.engines.rows import row_hashes
from workbench.services import champions, dependence, judging, model_rules
from workbench.services import rows as row_services
from workbench.services import truth as truths
from workbench.services.context import Context

TRIES = 3
_CYCLE_STATES = {
    GateVerdict.PASS: CycleState.PROMOTED,
    GateVerdict.REJECT: CycleState.REJECTED,
    GateVerdict.HOLD: CycleState.HELD,
}


def review(context: Context, *, model: str, number: int, cycle: int, holdout: int) -> None:
    """Judges a challenger on rows that neither model was trained on; a pass makes it champion.

    Args:
        context: The project.
        model: The model.
        number: The challenger's version number.
        cycle: The retraining cycle it belongs to.
        holdout: Dataset version whose added rows are the hold-out.
    """
    for attempt in range(1, TRIES + 1):
        try:
            _review(context, model=model, number=number, cycle=cycle, holdout=holdout)
        except AliasMoved:
            # Somebody promoted meanwhile: the verdict was about another champion.
            if attempt == TRIES:
                raise
        else:
            return


def _review(context: Context, *, model: str, number: int, cycle: int, holdout: int) -> None:
    with context.store.read() as tx:
        challenger = tx.models.version(model, number)
        champion = tx.models.at(model)
        experiment = model_rules.experiment_of(context, tx, challenger)
        dataset = tx.datasets.get(experiment.dataset)
        version = tx.datasets.version(dataset, holdout)
        window = Window(dataset=dataset.name, version=holdout, added_only=True)
        selection = row_services.select(context, tx, window)
        looks = tx.reviews.looks(tx.models.get(model), version) + 1
        is_proved = champions.failed_proof(tx, challenger) is None
    rules = model_rules.rules_of(context, model).gate
    hashed = row_services.identity(context, dataset)
    # The champion may take columns that the challenger's training rows had no value of.
    takes = [*challenger.signature.names, *(champion.signature.names if champion else ())]
    group = rules.group or experiment.split.group
    time = context.config.datasets[dataset.name].time
    told_apart = [name for name in (group, time) if name is not None]
    wanted = [*takes, experiment.target, *rules.slices, *hashed, *told_apart]
    fetched = context.store.frames.fetch(selection, list(dict.fromkeys(wanted)))
    signature = challenger.signature
    known = truths.is_known(signature.task, fetched[experiment.target], signature.classes)
    rows = {name: values[known] for name, values in fetched.items()}
    context.progress(0.3, f"judging {plural(len(rows[experiment.target]), 'row')}")
    truth = truths.truth_of(signature.task, rows[experiment.target], signature.classes)
    task = truths.task_in(experiment, rows[experiment.target])
    decision = gate.decide(
        truth=truth,
        champion=scores(context, champion, rows) if champion else None,
        challenger=scores(context, challenger, rows),
        task=task,
        metric=experiment.metric or metrics.default_metric(task),
        rules=rules,
        slices={name: column_rules.texts(rows[name]).astype(str) for name in rules.slices},
        parity_passed=is_proved,
        leaked_rows=_leaked(context, challenger, champion, {name: rows[name] for name in hashed}),
        looks=looks,
        seed=experiment.seed,
        drawn=dependence.units_of(rows, group=group, time=time, by=rules.by),
        golden=judging.golden(context, challenger, target=experiment.target, rules=rules),
        latency=judging.latency(context, champion, challenger, rows, rules=rules),
    )
    reason = fitness.unfit(challenger, champion) if champion else None
    if reason is not None:
        reasons = (f"{challenger.label}: {reason}", *decision.reasons)
        decision = replace(decision, verdict=GateVerdict.REJECT, reasons=reasons)
    with context.conclude({"verdict": decision.verdict.value}) as tx:
        tx.reviews.add(
            tx.models.get(model),
            decision,
            challenger=number,
            champion=champion.number if champion else None,
            version=version,
            cycle_id=cycle,
        )
        _act(tx, decision, challenger, champion, cycle)


def scores(
    context: Context, version: ModelVersion, rows: dict[str, NDArray[Any]]
) -> NDArray[np.float64]:
    """What a version's ONNX graph answers for rows as the store gives them."""
    session = Session(context.store.blobs.read(version.onnx_blob), version.signature)
    return session.scores(column_rules.typed(version.signature, rows))


def _leaked(
    context: Context,
    challenger: ModelVersion,
    champion: ModelVersion | None,
    hashed: dict[str, NDArray[Any]],
) -> int:
    """Rows of the hold-out that one of the models is known to have been trained on."""
    held_out = row_hashes(hashed)
    versions = [challenger] if champion is None else [challenger, champion]
    leaked = 0
    for version in versions:
        if version.row_hashes_blob is None:
            continue  # brought in from a file, which does not tell
        trained_on = np.frombuffer(context.store.blobs.read(version.row_hashes_blob), dtype="<u8")
        leaked = max(leaked, gate.leaked(trained_on, held_out))
    return leaked


def _act(
    tx: Transaction,
    decision: GateDecision,
    challenger: ModelVersion,
    champion: ModelVersion | None,
    cycle: int,
) -> None:
    reason = decision.reasons[0]
    tx.events.add(
        NewEvent(
            kind=f"gate.{decision.verdict.value}",
            subject=challenger.label,
            message=f"gate: {decision.verdict.value} {challenger.label}: {reason}",
            severity=Severity.INFO
            if decision.verdict is not GateVerdict.HOLD
            else Severity.WARNING,
        )
    )
    if decision.verdict is GateVerdict.PASS:
        expected = champion.number if champion else None
        champions.move(
            tx, challenger, expected=expected, who="policy", why=f"the gate passed it: {reason}"
        )
    elif decision.verdict is GateVerdict.HOLD:
        tx.events.raise_alert(
            NewAlert(
                key=f"gate {challenger.model}",
                severity=Severity.WARNING,
                title=f"{challenger.label} waits for a decision",
                text=f"The gate cannot say: {reason} "
                f"Promote it with `workbench model promote {challenger.label}` if you know better.",
            )
        )
    tx.reviews.close_cycle(
        cycle, state=_CYCLE_STATES[decision.verdict], outcome=f"{challenger.label}: {reason}"
    )
