"""The help page: every key of a screen, made from the action table."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content

from workbench.tui import actions
from workbench.tui.format import fit
from workbench.tui.views.parts import heading
from workbench.tui.widgets.cells import wrapped


def help_lines(mode: str, width: int) -> list[Content]:
    """The keys that work on a screen, by where they work.

    Args:
        mode: The mode or the screen over one; empty where no project is open.
        width: Cells of a line.
    """
    scopes = actions.scopes_of(mode)
    shown = actions.of_scope(*scopes)
    column = max(cell_len(action.keys_shown) for action in shown) + 2
    lines: list[Content] = []
    for scope in scopes:
        found = actions.of_scope(scope)
        if not found:
            continue
        lines += (
            [Content(""), heading(actions.SCOPES[scope])]
            if lines
            else [heading(actions.SCOPES[scope])]
        )
        for action in found:
            texts = wrapped(action.tooltip, max(10, width - column))
            for index, text in enumerate(texts):
                key = fit(action.keys_shown if index == 0 else "", column)
                lines.append(Content.assemble((key, "bold $primary"), text))
    return lines
