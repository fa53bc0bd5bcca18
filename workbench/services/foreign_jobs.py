"""The job that makes a file with a model a version, queued without loading what it will need."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from storage.records import NewJob
from workbench.core.labels import MODEL_FILES, PICKLES
from workbench.errors import InputUnreadable, UsageError
from workbench.services import labels, model_jobs
from workbench.services.context import Context


def registration(  # noqa: PLR0913 - what a file is registered with, each by its name
    context: Context,
    path: Path,
    *,
    model: str,
    dataset: str,
    target: str | None = None,
    columns: Sequence[str] | None = None,
    trust: bool = False,
) -> NewJob:
    """The job that registers a file; its bytes are kept now, so that it may change or go afterwards.

    Args:
        context: The project.
        path: The file.
        model: What it becomes a version of.
        dataset: The version it is proved on: `flights@v3`, or `flights` for the latest.
        target: The column it predicts; None: that of the model's experiment, where there is one.
        columns: The columns it takes, in its order; None: those that it names.
        trust: Whether a pickle may be opened.

    Raises:
        InputUnreadable: There is no such file.
        NotFound: There is no such dataset version.
        UsageError: It is no file of a model, or no model can be called so.
    """
    model_jobs.refuse_name(context, model)
    _refuse_other(path, trust=trust)
    with context.store.read() as tx:
        version = labels.dataset_version(tx, dataset)
    if version.number is None:
        raise UsageError(f"{dataset} has no accepted version.", "Name one: --dataset flights@v3.")
    blob = context.store.blobs.put(_content(path))
    return NewJob(
        kind="register-file",
        subject=f"{path.name} as {model}",
        arguments={
            "blob": blob,
            "name": path.name,
            "model": model,
            "dataset": version.dataset,
            "version": version.number,
            "target": target,
            "columns": None if columns is None else list(columns),
            "trust": trust,
            "who": context.who,
        },
        dedup_key=f"register {blob} as {model} on {version.label} to {target} from {columns}",
    )


def _refuse_other(path: Path, *, trust: bool) -> None:
    if not path.is_file():
        raise InputUnreadable(f"There is no file {path}.", "Name a file that exists.")
    suffix = path.suffix.lower()
    if suffix not in MODEL_FILES:
        raise UsageError(
            f"{path.name} is no file of a model by its name.",
            f"Models are read from {', '.join(MODEL_FILES)}.",
        )
    if suffix in PICKLES and not trust:
        raise UsageError(
            f"{path.name} is a pickle: whatever its author wrote into it runs, with your rights, as "
            "soon as it is opened.",
            "If you trust who made it, give --trust. A .skops, .onnx or LightGBM .txt file needs no trust.",
        )


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputUnreadable(
            f"{path} cannot be read: {error.strerror}.", "Check who may read it."
        ) from error
