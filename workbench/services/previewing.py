"""What a file would bring to a dataset: read as it would be, with nothing kept of it."""

from __future__ import annotations

from pathlib import Path

from storage import frames
from storage.frames import FileUnreadable, Imported, Selection
from storage.records import FilePreview
from workbench.core.profile import kind_of
from workbench.errors import UsageError
from workbench.services import datasets
from workbench.services.context import Context

ROWS = 20
"""How many rows are shown."""
WHOLE_BYTES = 16 * 1024 * 1024
"""Of a larger file only a beginning of this size is read."""


def preview(context: Context, name: str, path: Path) -> FilePreview:
    """What a file would bring to a dataset.

    Raises:
        NotFound: workbench.toml has no such dataset.
        UsageError: There is no such file.
    """
    config = datasets.config_of(context, name)
    if not path.is_file():
        raise UsageError(f"There is no file {path}.", "Name a file that exists.")
    with context.store.read() as tx:
        known = {one.name: one for one in tx.datasets.all()}
        dataset = known.get(name)
        has_rows = dataset is not None and tx.datasets.latest(dataset) is not None
    pinned = dataset.schema if dataset is not None and has_rows else None
    engine = context.store.frames
    size_bytes = path.stat().st_size
    try:
        with frames.beginning(engine, path, WHOLE_BYTES) as source:
            imported = frames.import_file(
                engine,
                source,
                pinned=pinned,
                time=config.time,
                kind_of=kind_of,
                rules=config.reading,
            )
            is_whole = source == path
    except FileUnreadable as error:
        return FilePreview(
            path=path, size_bytes=size_bytes, problem=error.problem, remedy=error.remedy
        )
    try:
        rows = engine.rows(_first_rows(imported))
    finally:
        imported.discard()
    names = imported.schema.names
    return FilePreview(
        path=path,
        size_bytes=size_bytes,
        columns=imported.schema.columns,
        new=tuple(one for one in names if pinned and pinned.column(one) is None),
        rows=tuple(tuple("" if one is None else str(one) for one in row) for row in rows),
        row_count=imported.rows if is_whole else None,
        bad_lines=imported.bad_lines,
        bad=imported.bad,
        notes=imported.notes,
    )


def _first_rows(imported: Imported) -> str:
    columns = ", ".join(
        f"CAST({frames.identifier(name)} AS VARCHAR)" for name in imported.schema.names
    )
    return f"{Selection(paths=(imported.staged,)).sql(columns)} LIMIT {ROWS}"
