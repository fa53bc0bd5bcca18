"""Where a thing came from and what came of it, as a tree of lines that can be folded."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from textual.content import Content

from storage.records import Lineage, LineageNode
from workbench.core import words
from workbench.tui.views.parts import Lines, dim, heading
from workbench.tui.widgets import columns as layout
from workbench.tui.widgets.columns import Column, Row

NOTHING_READ: Mapping[tuple[int, ...], tuple[LineageNode, ...]] = MappingProxyType({})
Path = tuple[int, ...]
"""The way from a root to a place: which of its children, and of theirs; 0 is the root above, 1 that below."""
TREE = (
    Column(label="", most=56),
    Column(label="", stretches=True, drop=1),
)
_TITLES = ("what it was made of", "what came of it")
_LEADS = {"run": "$primary", "dataset version": "$series-2", "model version": "$success"}
"""The colours of things that have a screen of their own."""
_PLAIN = {"more": "", "proof": "proof", "params": "params", "environment": "environment"}
"""What stands for a thing without a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line of the tree."""

    path: Path
    branch: str
    """The lines that lead to it: `│  ├─ `."""
    node: LineageNode
    children: tuple[LineageNode, ...]
    is_open: bool
    is_unread: bool = False
    """Whether what lies below it is known, but has not been read."""


def places(
    found: Lineage,
    folded: Collection[Path] = (),
    grafts: Mapping[Path, tuple[LineageNode, ...]] = NOTHING_READ,
) -> list[Place]:
    """The lines of both trees, what is folded left out; the roots are the headings.

    Args:
        found: Both trees.
        folded: Places whose children are left out.
        grafts: What was read later of what lies below a place.
    """
    lines: list[Place] = []
    for side, root in enumerate((found.origins, found.descendants)):
        is_open = (side,) not in folded
        lines.append(
            Place(path=(side,), branch="", node=root, children=root.children, is_open=is_open)
        )
        if is_open:
            lines += _below(root.children, (side,), "", folded, grafts)
    return lines


def place_rows(shown: Sequence[Place]) -> list[Row]:
    """The lines as rows of a list."""
    return [
        Row(key=one.path, cells=(_name(one), dim(one.node.text if len(one.path) > 1 else "")))
        for one in shown
    ]


def tree_lines(found: Lineage, width: int) -> Lines:
    """Both trees, nothing folded."""
    rows = place_rows(places(found))
    widths = layout.measure(TREE, rows, width)
    lines: Lines = []
    for row in rows:
        is_root = isinstance(row.key, tuple) and len(row.key) == 1
        lines += [Content("")] if lines and is_root else []
        lines.append(layout.line(TREE, widths, row.cells))
    return lines


def told(one: Place) -> Content:
    """All that is known of a place, for below the tree."""
    node = one.node
    name = node.label or _PLAIN.get(node.noun, node.noun)
    return Content.assemble((f"{node.noun}  ", "$muted"), heading(name), f"  {node.text}")


def goal(node: LineageNode) -> tuple[str, str | int] | None:
    """The mode that shows a thing, and what is selected there; None: it has no screen of its own."""
    match node.noun:
        case "run" if node.label[1:].isdigit():
            return "runs", int(node.label[1:])
        case "dataset version":
            return "data", node.label.partition("@")[0]
        case "model version":
            return "models", node.label
        case _:
            return None


def _below(
    nodes: Sequence[LineageNode],
    at: Path,
    branch: str,
    folded: Collection[Path],
    grafts: Mapping[Path, tuple[LineageNode, ...]],
) -> Iterator[Place]:
    for number, node in enumerate(nodes):
        path, is_last = (*at, number), number == len(nodes) - 1
        children = grafts.get(path, node.children)
        is_open = path not in folded
        yield Place(
            path=path,
            branch=branch + ("└─" if is_last else "├─"),
            node=node,
            children=children,
            is_open=is_open,
            is_unread=node.noun == "dataset version" and not children and path not in grafts,
        )
        if is_open:
            further = branch + ("  " if is_last else "│ ")
            yield from _below(children, path, further, folded, grafts)


def _name(one: Place) -> Content:
    node = one.node
    if len(one.path) == 1:
        many = "" if one.is_open else f"  {words.plural(len(one.children), 'thing')}"
        many = many if one.children else "  nothing yet"
        sign = "▾ " if one.is_open else "▸ "
        return Content.assemble((sign, "$primary"), heading(_TITLES[one.path[0]]), dim(many))
    is_folded = one.is_unread or not one.is_open
    sign = ("▸ " if is_folded else "▾ ") if one.children or one.is_unread else " "
    name = node.label or _PLAIN.get(node.noun, node.noun)
    colour = _LEADS.get(node.noun)
    return Content.assemble(
        (one.branch, "$faint"), (sign, "$primary"), (name, colour) if colour else Content(name)
    )
