"""A line of names, one of them chosen; a click chooses another."""

from __future__ import annotations

from collections.abc import Mapping

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class Choices(Widget):
    """Names beside each other; when there is no room for all, those around the chosen one."""

    DEFAULT_CSS = """
    Choices { height: 1; padding: 0 1; background: $background; color: $muted; }
    """
    ALLOW_SELECT = False
    auto_links: reactive[bool] = reactive(default=False)
    names: reactive[Mapping[str, str]] = reactive[Mapping[str, str]](dict)
    """What people read, by what a name stands for."""
    chosen: reactive[str] = reactive("")

    class Clicked(Message):
        """A name was clicked."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def render(self) -> Content:
        """The one line."""
        keys = list(self.names)
        place = keys.index(self.chosen) if self.chosen in keys else 0
        for first in range(place + 1):
            line = Content(" ").join([self._tab(key) for key in keys[first:]])
            upto = Content(" ").join([self._tab(key) for key in keys[first : place + 1]])
            if upto.cell_length <= self.size.width or first == place:
                break
        else:
            return Content("")
        return Content.assemble(Content("< " if first else ""), line)

    def action_choose(self, key: str) -> None:
        """Tells that a name was clicked."""
        self.post_message(self.Clicked(key))

    def _tab(self, key: str) -> Content:
        style = "bold $primary on $cursor" if key == self.chosen else "$muted"
        return Content.from_markup(
            f"[@click=choose('{key}')][{style}] $name [/][/]", name=self.names[key]
        )
