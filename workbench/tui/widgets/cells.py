"""Widgets that draw styled lines themselves: the common part of tables and sheets."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from textual.content import Content
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style

from workbench.tui import actions
from workbench.tui.format import fit_content


class CellView(ScrollView):
    """A bordered, scrolling view whose lines are drawn one by one."""

    DEFAULT_CSS = """
    CellView {
        border: round $line;
        border-title-color: $muted;
        border-title-style: none;
        border-subtitle-color: $muted;
        padding: 0 0 0 1;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0;
        overflow-x: hidden;
        background: $background;
        &:focus {
            border: round $primary;
            border-title-color: $foreground;
            border-title-style: bold;
            background-tint: transparent;
        }
    }
    """
    BINDINGS = actions.bindings("list")
    ALLOW_SELECT = False
    can_focus = True

    @property
    def line_width(self) -> int:
        """Cells of a line, scrollbar left out."""
        return max(0, self.scrollable_content_region.width)

    @property
    def line_count(self) -> int:
        """Lines that can be seen at once."""
        return max(0, self.scrollable_content_region.height)

    def strip(self, content: Content, *, style: str = "") -> Strip:
        """One line on screen: `content` padded or cut to the width, over `style`."""
        base = self.visual_style + self._parsed(style) if style else self.visual_style
        line = fit_content(content, self.line_width)
        segments = [
            Segment(text, (base + part).rich_style)
            for text, part in line.render(base, end="", parse_style=self._parsed)
        ]
        return Strip(segments, self.line_width)

    def _parsed(self, style: str | Style) -> Style:
        return style if isinstance(style, Style) else Style.parse(style)


def as_content(cell: Content | str) -> Content:
    """Plain text as content that is never read as markup."""
    return cell if isinstance(cell, Content) else Content(cell)


def wrapped(content: Content | str, width: int) -> list[Content]:
    """`content` broken into lines of at most `width` cells, at spaces where it can be."""
    lines: Sequence[Content] = as_content(content).wrap(max(1, width))
    return [line.rstrip() for line in lines]
