"""Looks at a watched folder step by step, as the watcher does them."""

from __future__ import annotations

from storage.errors import Conflict
from tests.services.project import month
from workbench.services import inbox, putting_away

OLD_S = 60.0
"""How long ago a file that has settled was changed."""


def look(project, before=None):
    return inbox.scan(project.context, before or {})


def take_in(project):
    """Takes in what lies there, as one look of the watcher does; the version, if there is one."""
    try:
        return inbox.take_in(project.context, look(project)["sales"])
    except Conflict:
        return None


def put_away(project):
    return putting_away.put_away(project.context)


def through(project):
    """A whole look with the checks in between."""
    version = take_in(project)
    project.work(kinds=("check",))
    put_away(project)
    return version and project.version(version.number)


def lying(project):
    """The files below the inbox, relative to it."""
    folder = project.folder / "inbox" / "sales"
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


def bad(number):
    rows = month(number, rows=50)
    rows["가격"][0] = -1
    return rows
