"""A dataset of few columns whose files are written here as text."""

from __future__ import annotations

from pathlib import Path

from storage.records import Version
from tests.services.project import Project
from workbench.services import datasets, rows

CONFIG = """
[project]
name = "shop"
[datasets.sales]
key = ["id"]
"""


def configured(*lines: str, checks: str = "") -> str:
    """workbench.toml with more lines about the dataset."""
    return CONFIG + "\n".join(lines) + ("\n[datasets.sales.checks]\n" if checks else "\n") + checks


def write(project: Project, name: str, text: str | bytes) -> Path:
    """A file outside of the watched folder."""
    path = project.folder / "files" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def bring(project: Project, *texts: str | bytes) -> Version | None:
    """Ingests texts as CSV files of one version, and checks them; what the version is then."""
    count = len(list(project.folder.glob("files/*")))
    paths = [write(project, f"{count + n:04d}.csv", text) for n, text in enumerate(texts)]
    version = datasets.ingest(project.context, "sales", paths)
    project.work(kinds=("check",))
    return None if version is None else project.version(version.number)


def read(project: Project, number: int, columns: str = "*") -> list[tuple[object, ...]]:
    """The rows of a version."""
    with project.store.read() as tx:
        window = rows.Window(dataset="sales", version=number)
        selection = rows.select(project.context, tx, window)
    return project.store.frames.rows(selection.sql(columns))


def columns(project: Project, number: int) -> dict[str, str]:
    """The columns of a version and their types."""
    with project.store.read() as tx:
        version = tx.datasets.version(tx.datasets.get("sales"), number)
        schema = tx.datasets.schema_of(version)
    assert schema is not None
    return {one.name: one.type for one in schema.columns}
