"""Registers a model that was made elsewhere: opened, turned into a graph of our form, and proved on real rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from storage.frames import Selection
from storage.records import InputType, NewModelVersion, Signature, Version, Window
from workbench.config import Task
from workbench.core import classes as class_rules
from workbench.core import columns as column_rules
from workbench.core import foreign_columns, uncertainty
from workbench.core import signature as signatures
from workbench.core.tasks import task_of
from workbench.engines import native, parity_check
from workbench.engines.foreign import importances, opening
from workbench.engines.foreign.opened import Built, Opened
from workbench.engines.onnx_session import Session
from workbench.engines.rows import row_hashes
from workbench.errors import UsageError
from workbench.services import foreign_proofs, labels, registry, truth
from workbench.services import rows as row_services
from workbench.services.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """The dataset version that a file is proved on."""

    version: Version
    selection: Selection
    known: tuple[str, ...]
    """Its columns."""
    key: tuple[str, ...]
    target: str | None


def register(  # noqa: PLR0913 - the arguments of a job, each by its name
    context: Context,
    *,
    blob: str,
    name: str,
    model: str,
    dataset: str,
    version: int,
    target: str | None = None,
    columns: Sequence[str] | None = None,
    trust: bool = False,
    who: str | None = None,
) -> None:
    """Opens a file, proves its graph on the rows of a dataset version, and keeps both as a version of `model`.

    Args:
        context: The project, working for a job.
        blob: The file's bytes.
        name: What the file is called.
        model: What it becomes a version of.
        dataset: The dataset.
        version: Its version, whose rows it is taken to have learnt from.
        target: The column it predicts; None: that of the model's experiment, where there is one.
        columns: The columns it takes, in its order; None: those that it names.
        trust: Whether a pickle may be opened, which runs code that stands in it.
        who: Who asked for it; None: whoever this process works for.

    Raises:
        ModelUnreadable: It holds no model that could become a version.
        UsageError: Its columns or classes are not those of the dataset.
        ExportRefused: It has no exact ONNX form here.
    """
    context.progress(0.05, "opening the file")
    opened = opening.open_model(context.store.blobs.read(blob), name, trust=trust)
    ground = _ground(context, model, dataset, version, target)
    names = foreign_columns.matched(opened.features, opened.count, columns, ground.known)
    _refuse_target(ground, names)
    context.progress(0.2, "reading rows")
    wanted = [*names] if ground.target is None else [*names, ground.target]
    fetched = context.store.frames.fetch(ground.selection, wanted)
    features = {one: fetched[one] for one in names}
    answer = None if ground.target is None else fetched[ground.target]
    context.progress(0.4, "exporting to ONNX")
    built = opened.build(_signature(opened, ground, features, answer))
    session = Session(built.graph, built.signature, threads=parity_check.THREADS)
    context.progress(0.6, "proving parity on real rows")
    proof = foreign_proofs.prove(context, ground.version, built, session, answer)
    context.progress(0.9, "measuring")
    known = answer if opened.is_measured else None
    measured = _measured(built.signature, session, features, known)
    blobs = context.store.blobs
    registry.keep(
        context,
        NewModelVersion(
            model=model,
            experiment=_experiment(context, model),
            run_id=None,
            source=_source(name, blob, ground, columns),
            dataset=dataset,
            version=version,
            train=f"all rows of {ground.version.label}, as assumed",
            onnx_blob=blobs.put(built.graph),
            native_blob=None if built.native is None else blobs.put(native.dump(built.native)),
            profile_blob=_profile(context, ground, names),
            sample_blob=blobs.put(registry.sample(session, built.signature, features)),
            row_hashes_blob=blobs.put(_hashes(context, ground).astype("<u8").tobytes()),
            signature=built.signature,
            parity=proof,
            metrics={key: one.value for key, one in measured.items() if np.isfinite(one.value)},
            intervals={
                key: (one.low, one.high)
                for key, one in measured.items()
                if np.isfinite([one.value, one.low, one.high]).all()
            },
            importances=_importances(built, session, features),
            created_by=who or context.who,
            note=_note(opened, ground),
        ),
    )


def _ground(context: Context, model: str, dataset: str, number: int, target: str | None) -> _Ground:
    with context.store.read() as tx:
        version = labels.dataset_version(tx, f"{dataset}@v{number}")
        selection = row_services.select(context, tx, Window(dataset=dataset, version=number))
        known = tuple(one.name for one in row_services.columns_of(tx, version))
    experiment = context.config.experiments.get(_experiment(context, model))
    if target is None and experiment is not None and experiment.dataset == dataset:
        target = experiment.target
    if target is not None and target not in known:
        raise UsageError(
            f"{version.label} has no column '{target}' to be predicted.",
            f"It has: {', '.join(known[: foreign_columns.SHOWN])}.",
        )
    config = context.config.datasets.get(dataset)
    return _Ground(
        version=version,
        selection=selection,
        known=known,
        key=config.key if config is not None else (),
        target=target,
    )


def _experiment(context: Context, model: str) -> str:
    known = context.config.models.get(model)
    return known.experiment if known is not None else ""


def _refuse_target(ground: _Ground, names: Sequence[str]) -> None:
    if ground.target in names:
        raise UsageError(
            f"The model takes '{ground.target}', which it is to predict.",
            "Name the column it predicts: --target NAME.",
        )


def _signature(
    opened: Opened, ground: _Ground, features: dict[str, NDArray[Any]], target: NDArray[Any] | None
) -> Signature:
    for name, values in features.items():
        if column_rules.kind_of(values) is None:
            raise UsageError(
                f"Column '{name}' holds {values.dtype} values, which no model takes.",
                "Name the columns it was trained on: --columns a,b,c.",
            )
    task: str = opened.task or ("regression" if target is None else _asked_by(target))
    classes: tuple[str, ...] = ()
    if task != "regression":
        seen = None if target is None else class_rules.class_names(target)
        classes = foreign_columns.classes_of(opened.classes, opened.class_count, seen, task=task)
        task = "binary" if len(classes) == 2 else "multiclass"
    return signatures.infer(features, task=task, classes=classes, key=ground.key)


def _asked_by(target: NDArray[Any]) -> str:
    """What one score a row can be: a probability where the target has two values, else a value."""
    return "binary" if task_of(target) == "binary" else "regression"


def _measured(
    signature: Signature,
    session: Session,
    features: dict[str, NDArray[Any]],
    target: NDArray[Any] | None,
) -> dict[str, uncertainty.Estimate]:
    """Its metrics on the rows whose target is known; none without a target."""
    if target is None:
        return {}
    if signature.task == "regression" and column_rules.kind_of(target) in {None, InputType.STRING}:
        return {}
    known = truth.is_known(signature.task, target, signature.classes)
    if not known.any():
        return {}
    rows = {name: values[known] for name, values in features.items()}
    answers = truth.truth_of(signature.task, target[known], signature.classes)
    scores = session.scores(column_rules.typed(signature, rows))
    return uncertainty.estimates(cast(Task, signature.task), answers, scores, seed=0)


def _source(name: str, blob: str, ground: _Ground, columns: Sequence[str] | None) -> str:
    """The file, and what was said of it: said otherwise, it is another version."""
    said = f", target {ground.target}" if ground.target is not None else ""
    return f"{name}, sha256 {blob}{said}" + (f", columns {', '.join(columns)}" if columns else "")


def _importances(
    built: Built, session: Session, features: dict[str, NDArray[Any]]
) -> dict[str, float]:
    return importances.shares(session, column_rules.typed(built.signature, features))


def _profile(context: Context, ground: _Ground, names: Sequence[str]) -> str:
    with context.store.read() as tx:
        schema = row_services.columns_of(tx, ground.version)
    columns = [column for column in schema if column.name in names]
    profile = row_services.reference_profile(context, ground.selection, columns)
    return context.store.blobs.put(msgspec.json.encode(profile))


def _hashes(context: Context, ground: _Ground) -> NDArray[np.uint64]:
    identity = ground.key or ground.known
    return row_hashes(context.store.frames.fetch(ground.selection, [*identity]))


def _note(opened: Opened, ground: _Ground) -> str:
    learnt = (
        f"Taken to have learnt from the rows of {ground.version.label}: its metrics are on these rows, "
        "and may flatter it."
    )
    return " ".join([f"From a file: {opened.kind}.", learnt, *opened.notes])
