"""What is to be done to score a file: looked through before anything is written, and found possible."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from storage import frames
from storage.errors import AlreadyExists
from storage.frames import Destination
from storage.records import CsvRules, ModelVersion, OnBad, Schema
from workbench.core import scoring
from workbench.errors import InputUnreadable, UsageError
from workbench.services import queries
from workbench.services.context import Context

ENDS_BYTES = 1024 * 1024
"""Bytes at either end of an input by which a changed one is known, besides its size and time."""
AS_WRITTEN = "VARCHAR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A file to be scored."""

    version: ModelVersion
    source: Path
    destination: Destination
    kept: tuple[str, ...]
    """Columns of the input that go into the output."""
    types: Mapping[str, str]
    """Columns of the input that are read, with what is read of them in a file of text."""
    csv: CsvRules
    on_bad: OnBad
    seen: str
    """What the input looked like: `fingerprint`."""

    def plan(self) -> dict[str, str | int | list[str]]:
        """What parts must have in common to fit together."""
        return {
            "the model": self.version.label,
            "the graph": self.version.onnx_blob,
            "the input": self.seen,
            "the columns": list(self.kept),
            "what becomes of bad rows": self.on_bad,
            "the size of chunks": f"{frames.MOST_ROWS} rows, {frames.MOST_CELLS} values",
        }


def destination_of(context: Context, source: Path, out: Path, *, replace: bool) -> Destination:
    """Where the answers go.

    Raises:
        InputUnreadable: There is no input.
        UsageError: The output makes no sense.
        AlreadyExists: It is there, and may not be replaced.
    """
    if not source.is_file():
        raise InputUnreadable(f"There is no file {source}.", "Name a file that exists.")
    destination = queries.destination_of(context, out, None)
    if destination.path == source.resolve():
        raise UsageError("The output would take the place of the input.", "Name another output.")
    if destination.path.exists() and not replace:
        raise AlreadyExists(
            f"{destination.path.name} is there already.", "Give --force to replace it."
        )
    return destination


def order(
    context: Context,
    version: ModelVersion,
    source: Path,
    destination: Destination,
    *,
    columns: Sequence[str] | None,
    on_bad: OnBad,
) -> Order:
    """Looks at the input's columns and says what is to be done.

    Raises:
        FileUnreadable: The input is empty or broken.
        InputUnreadable: It cannot be opened.
        RequestInvalid: It lacks a column.
        UsageError: A column that is to be kept makes no sense.
    """
    takes = version.signature
    csv = _csv_rules(context, version)
    try:
        seen = fingerprint(source)
        names = frames.names_of(
            context.store.frames, source, likely=(*takes.names, *takes.key), csv=csv
        )
    except OSError as error:
        raise InputUnreadable(
            f"{source} cannot be read: {error.strerror}.", "Check who may read it."
        ) from error
    scoring.check_inputs(takes, names)
    kept = scoring.kept_columns(takes, names, columns)
    return Order(
        version=version,
        source=source,
        destination=destination,
        kept=kept,
        types=_kept_types(context, version, kept) | dict.fromkeys(takes.names, AS_WRITTEN),
        csv=csv,
        on_bad=on_bad,
        seen=seen,
    )


def fingerprint(source: Path) -> str:
    """What changes when a file does: its name, size, time, and the hash of its first and last megabyte."""
    facts = source.stat()
    digest = hashlib.sha256()
    with source.open("rb") as file:
        digest.update(file.read(ENDS_BYTES))
        file.seek(max(0, facts.st_size - ENDS_BYTES))
        digest.update(file.read(ENDS_BYTES))
    return f"{source.name}, {facts.st_size} bytes, {facts.st_mtime_ns}, {digest.hexdigest()[:16]}"


def _csv_rules(context: Context, version: ModelVersion) -> CsvRules:
    """How the files of the model's dataset are written; columns are always told by their names here."""
    known = context.config.datasets.get(version.dataset or "")
    return replace(known.reading.csv, header=None) if known is not None else CsvRules()


def _kept_types(context: Context, version: ModelVersion, kept: Sequence[str]) -> dict[str, str]:
    """The types of columns in a file of text: those of the model's dataset, or text as it stands."""
    with context.store.read() as tx:
        schemas = {one.name: one.schema for one in tx.datasets.all()}
    schema = schemas.get(version.dataset or "") or Schema(columns=())
    known = {column.name: column.type for column in schema.columns}
    return {name: known.get(name, AS_WRITTEN) for name in kept}
