"""How the catalog names files."""

from __future__ import annotations

from pathlib import Path

from workbench.services.context import Context


def name_of(context: Context, path: Path) -> str:
    """The path as the catalog names it: relative to the project where it lies inside.

    A link below the project is named by where it lies, not by what it points to.
    """
    full = path.absolute()
    if ".." in full.parts or not full.is_relative_to(context.project_dir):
        full = full.parent.resolve() / full.name
    inside = full.is_relative_to(context.project_dir)
    return (full.relative_to(context.project_dir) if inside else full).as_posix()
