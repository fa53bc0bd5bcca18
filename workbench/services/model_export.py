"""Puts a model version into a folder that runs elsewhere, or that a model server takes."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files as resources
from pathlib import Path
from typing import Any, Literal

import msgspec

from storage.records import ModelVersion, NewEvent
from workbench.core import checking
from workbench.core.proof_words import sentence
from workbench.engines import elsewhere
from workbench.engines.environment import package_versions
from workbench.errors import ExportRefused, UsageError
from workbench.report import card as card_page
from workbench.services import labels, model_cards, served, whole_folders
from workbench.services.context import Context

Layout = Literal["folder", "triton"]

GRAPH, SIGNATURE, CARD, EXAMPLE = "model.onnx", "signature.json", "card.html", "example.json"
NEEDED = ("numpy", "onnxruntime")
EXAMPLE_ROWS = 10


def export(  # noqa: PLR0913 - the arguments of a job, each by its name
    context: Context,
    *,
    model: str,
    number: int,
    folder: str,
    layout: Layout = "folder",
    force: bool = False,
    who: str | None = None,
) -> None:
    """Puts a version into a folder, as a job.

    Args:
        context: The project, working for a job.
        model: The model.
        number: The version's number.
        folder: Where to, as an absolute path.
        layout: `folder`: to be run with onnxruntime alone; `triton`: a repository of Triton and MLServer.
        force: Whether a folder that is there is replaced.
        who: Who asked for it; None: whoever this process works for.

    Raises:
        NotFound: There is no such version.
        ExportRefused: Its proof failed, and nobody overrode that.
        UsageError: The folder is there already, or cannot be written.
    """
    with context.store.read() as tx:
        version = tx.models.version(model, number)
    target, contents = _contents(context, version, Path(folder), layout)
    _write(target, contents, force=force)
    with context.conclude({"model": version.label, "folder": str(target)}) as tx:
        tx.events.add(_exported(version, target, who or context.who))


def write(
    context: Context, label: str, folder: Path, *, layout: Layout = "folder", force: bool = False
) -> Path:
    """Puts the version that `late@v3` names into a folder, here and now.

    Returns:
        The folder that was written: `folder`, or in the layout `triton` the one of the model below it.

    Raises:
        NotFound: There is no such version.
        ExportRefused: Its proof failed, and nobody overrode that.
        UsageError: The folder is there already, or cannot be written.
    """
    with context.store.read() as tx:
        version = labels.model_version(tx, label)
    target, contents = _contents(context, version, folder.resolve(), layout)
    _write(target, contents, force=force)
    with context.write() as tx:
        tx.events.add(_exported(version, target, context.who))
    return target


def target_of(version: ModelVersion, folder: Path, layout: Layout) -> Path:
    """The folder that appears whole: a repository holds several models, each in one of its own."""
    return folder / version.model if layout == "triton" else folder


def refuse_unproved(version: ModelVersion) -> None:
    """Raises ExportRefused where a version does not prove to answer as its model."""
    if version.parity.passed or version.override:
        return
    raise ExportRefused(
        f"{version.label} may not leave the project: {sentence(version.parity)}.",
        f"Export another version, or make it champion with a reason first: "
        f"`workbench model promote {version.label} --override REASON`.",
    )


def _contents(
    context: Context, version: ModelVersion, folder: Path, layout: Layout
) -> tuple[Path, dict[str, bytes]]:
    refuse_unproved(version)
    context.progress(0.2, "loading the graph")
    shared = _shared(context, version)
    if layout == "triton":
        return target_of(version, folder, layout), _repository(version, shared)
    return folder, shared | _program(version)


def _shared(context: Context, version: ModelVersion) -> dict[str, bytes]:
    """What every layout has: graph, signature, card and rows with their answers."""
    graph = context.store.blobs.read(version.onnx_blob)
    # Loading asks the rows of registration again: what answers otherwise today is not given away.
    loaded = served.load(context.store.blobs, version)
    card = model_cards.card(context, version.label)
    with context.store.read() as tx:
        page = card_page.html(card, made_at=tx.now)
    return {
        GRAPH: graph,
        SIGNATURE: _pretty({"model": version.label, **msgspec.to_builtins(version.signature)}),
        EXAMPLE: _pretty(_example(context, version, loaded)),
        CARD: page.encode(),
    }


def _example(
    context: Context, version: ModelVersion, loaded: served.Served
) -> dict[str, list[dict[str, Any]]]:
    """Rows of the sample with what the graph answers to them now."""
    kept = msgspec.json.decode(context.store.blobs.read(version.sample_blob))
    takes = version.signature
    columns = {name: kept["columns"][name][:EXAMPLE_ROWS] for name in takes.names}
    found = loaded.session.predict(checking.arrays(takes, columns))
    names = list(columns)
    rows = [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    if not takes.classes:
        return {"rows": rows, "predictions": [{"value": one} for one in found.scores.tolist()]}
    spreads = [dict(zip(takes.classes, row, strict=True)) for row in found.scores.tolist()]
    pairs = zip(found.labels, spreads, strict=True)
    return {
        "rows": rows,
        "predictions": [{"label": label, "probabilities": spread} for label, spread in pairs],
    }


def _program(version: ModelVersion) -> dict[str, bytes]:
    return {
        "predict.py": _resource("predict.py"),
        "requirements.txt": _requirements(version),
        "README.md": _readme(version),
    }


def _repository(version: ModelVersion, shared: Mapping[str, bytes]) -> dict[str, bytes]:
    from workbench.engines.elsewhere import triton  # noqa: PLC0415 - it loads onnx

    names = {
        f"column:{one.graph_name}": one.name
        for one in version.signature.inputs
        if one.graph_name != one.name
    }
    config = triton.config(version.model, shared[GRAPH], {"version": version.label, **names})
    settings = triton.mlserver_settings(version.model, version.number)
    return {
        f"{version.number}/{GRAPH}": shared[GRAPH],
        "config.pbtxt": config.encode(),
        "model-settings.json": settings.encode(),
        "mlserver_model.py": _resource("mlserver_model.py"),
        "requirements.txt": _requirements(version),
        **{name: shared[name] for name in (SIGNATURE, EXAMPLE, CARD)},
    }


def _requirements(version: ModelVersion) -> bytes:
    """The packages that the proof was made with; for a proof that names none, those of today."""
    now = package_versions(NEEDED)
    pinned = {name: version.parity.packages.get(name, now[name]) for name in NEEDED}
    return "".join(f"{name}=={number}\n" for name, number in pinned.items()).encode()


def _readme(version: ModelVersion) -> bytes:
    lines = (
        f"{version.label}: what it is, how good it is and what it takes stands in {CARD}.",
        "`pip install -r requirements.txt` installs all that it needs.",
        f"`python predict.py {EXAMPLE}` answers its rows; a file of your own may be .csv, .jsonl or .json.",
    )
    return ("\n\n".join(lines) + "\n").encode()


def _resource(name: str) -> bytes:
    return resources(elsewhere).joinpath(name).read_bytes()


def _pretty(document: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _write(target: Path, contents: Mapping[str, bytes], *, force: bool) -> None:
    is_same = _holds(target, contents)
    if force and not is_same and not _is_export(target):
        raise UsageError(
            f"{target} holds something else than an exported model, and is kept.",
            "Name another folder, or take it away yourself.",
        )
    whole_folders.write(target, contents, replace=force or is_same)


def _holds(target: Path, contents: Mapping[str, bytes]) -> bool:
    """Whether a folder holds this very export: a job that is done again may replace it."""
    graphs = [name for name in contents if name.endswith(GRAPH)]
    return all(
        (target / name).is_file() and (target / name).read_bytes() == contents[name]
        for name in (SIGNATURE, *graphs)
    )


def _is_export(target: Path) -> bool:
    """Whether nothing but an exported model would be lost."""
    return not whole_folders.is_taken(target) or (
        (target / SIGNATURE).is_file() and (target / CARD).is_file()
    )


def _exported(version: ModelVersion, target: Path, who: str) -> NewEvent:
    return NewEvent(
        kind="model.exported",
        subject=version.label,
        message=f"{version.label} exported to {target} by {who}",
        payload={"model": version.model, "number": version.number, "folder": str(target)},
    )
