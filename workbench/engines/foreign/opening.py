"""Opens a file with a model, whatever made it."""

from __future__ import annotations

from pathlib import PurePath

from workbench.core.labels import MODEL_FILES, PICKLES
from workbench.engines.foreign import boosters, estimators, graphs
from workbench.engines.foreign.opened import Opened, unreadable


def open_model(content: bytes, name: str, *, trust: bool) -> Opened:
    """The model in a file.

    Args:
        content: Its bytes.
        name: What it is called; its end tells what it is.
        trust: Whether a pickle may be opened, which runs code that stands in it.

    Raises:
        ModelUnreadable: It holds no model that could become a version.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix == ".onnx":
        return graphs.read(content, name)
    if suffix == ".txt":
        return boosters.read(content, name)
    if suffix == ".skops":
        return estimators.read_skops(content, name)
    if suffix in PICKLES:
        return estimators.read_pickle(content, name, trust=trust)
    raise unreadable(
        name, f"'{suffix}' is none of {', '.join(MODEL_FILES)}", "Name it by what it is."
    )
