"""What a run keeps beside numbers: files under safe names, and figures of whatever library."""

from __future__ import annotations

import io
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from storage.blobs import Blobs
from storage.records import Artifact
from workbench.errors import UsageError

LONGEST_NAME = 500
DIFFERENCE_ARTIFACT = "code.diff"
DIFFERENCE_LIMIT_BYTES = 1_000_000
"""A larger difference to the commit is noted by its hash alone."""
_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_DPI = 150


def checked_name(name: str) -> str:
    """The name of a file of a run, if it stays inside the run wherever it is written to.

    Raises:
        UsageError: It does not.
    """
    parts = name.split("/")
    is_safe = (
        not any(part in {"", ".", ".."} for part in parts)
        and "\\" not in name
        and ":" not in parts[0]
        and len(name) <= LONGEST_NAME
        and not _CONTROL.search(name)
    )
    if not is_safe:
        raise UsageError(
            f"{name[:80]!r} cannot be the name of an artifact.",
            "Write a relative path with /, without .. and control characters: plots/roc.png.",
        )
    return name


def given(content: object, name: str | None = None) -> Iterator[tuple[str, bytes | Path]]:
    """The files that somebody gives a run, each under its name: bytes, a text, or what a path means.

    Raises:
        UsageError: The name leads out of the run, there is no such file, or the content is neither.
    """
    if isinstance(content, Path):
        yield from files_below(content, name)
    else:
        called = checked_name(name or "")
        yield called, as_bytes(called, content)


def files_below(path: Path, name: str | None = None) -> Iterator[tuple[str, Path]]:
    """The files that a path means, each with its name in the run: one file, or all of a folder.

    Args:
        path: A file or a folder.
        name: What it is called in the run; None: as it is called on disk.

    Raises:
        UsageError: There is nothing, or something that is neither.
    """
    called = checked_name(name if name is not None else path.resolve().name)
    if path.is_file():
        yield called, path
    elif path.is_dir():
        for folder, folders, names in os.walk(path):
            folders.sort()
            below = PurePosixPath(called, *Path(folder).relative_to(path).parts)
            for one in sorted(names):
                file = Path(folder, one)
                if file.is_file():
                    yield checked_name(str(below / one)), file
    else:
        raise UsageError(
            f"There is no file or folder {path}.", "Write the path of one that exists."
        )


def difference(blobs: Blobs, text: str) -> list[Artifact]:
    """How a checkout differs from its commit, as an artifact; nothing where it does not, or by too much."""
    content = text.encode()
    if not content or len(content) > DIFFERENCE_LIMIT_BYTES:
        return []
    return [kept(blobs, DIFFERENCE_ARTIFACT, content)]


def kept(blobs: Blobs, name: str, content: bytes) -> Artifact:
    """Content as an artifact, put where a run can name it."""
    return Artifact(path=name, blob=blobs.put(content), size_bytes=len(content))


def kept_file(blobs: Blobs, name: str, path: Path) -> Artifact:
    """A copy of a file as an artifact; the file may change afterwards."""
    staged = blobs.stage()
    try:
        shutil.copyfile(path, staged)
        size_bytes = staged.stat().st_size
        return Artifact(path=name, blob=blobs.put_file(staged), size_bytes=size_bytes)
    finally:
        staged.unlink(missing_ok=True)


def as_bytes(name: str, content: object) -> bytes:
    """Bytes as they are, and text as UTF-8.

    Raises:
        UsageError: It is neither.
    """
    if isinstance(content, str):
        return content.encode("utf-8", "surrogateescape")
    if isinstance(content, bytes | bytearray | memoryview):
        return bytes(content)
    raise UsageError(
        f"The artifact {name} is a {type(content).__name__}, and not bytes or text.",
        "Give its bytes, or the path of a file.",
    )


def drawn(figure: object, name: str, blobs: Blobs) -> Mapping[str, bytes]:
    """A figure as a file: what saves itself as a picture, or else as a page.

    Args:
        figure: Anything with `savefig`, `write_html` or `to_html`, or with a `figure` that has one.
        name: Its name; with the ending of a format that the figure knows, or without.
        blobs: Where a figure may write its page for a moment.

    Raises:
        UsageError: It can do none of this.
    """
    owner: Any = getattr(figure, "figure", None)
    candidates: tuple[Any, ...] = (figure, owner)
    for one in candidates:
        if callable(getattr(one, "savefig", None)):
            return _picture(one, name)
        if callable(getattr(one, "write_html", None)):
            return {_ending(name, ".html"): _page(one, blobs)}
        if callable(getattr(one, "to_html", None)):
            return {_ending(name, ".html"): as_bytes(name, one.to_html())}
    raise UsageError(
        f"A {type(figure).__name__} is no figure: it has neither savefig nor write_html.",
        "Give a figure of matplotlib, plotly or the like, or keep a file with run.artifact.",
    )


def _picture(figure: Any, name: str) -> Mapping[str, bytes]:
    suffix = PurePosixPath(name).suffix.lower()
    known = suffix.removeprefix(".") in {"png", "svg", "pdf", "jpg", "jpeg", "webp"}
    called = name if known else f"{name}.png"
    into = io.BytesIO()
    kind = suffix.removeprefix(".") if known else "png"
    figure.savefig(into, format=kind, bbox_inches="tight", dpi=_DPI)
    return {called: into.getvalue()}


def _page(figure: Any, blobs: Blobs) -> bytes:
    staged = blobs.stage(".html")
    try:
        figure.write_html(str(staged))
        return staged.read_bytes()
    finally:
        staged.unlink(missing_ok=True)


def _ending(name: str, suffix: str) -> str:
    return name if name.lower().endswith(suffix) else f"{name}{suffix}"
