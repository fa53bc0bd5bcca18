"""One entry of the action table: a thing that a key does."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A thing a key does."""

    id: str
    """`scope.name`; the scope is where the key works."""
    keys: str
    """Textual's names, comma between alternatives."""
    shown: str = ""
    """The keys as people write them; empty: as Textual does."""
    label: str = ""
    """A verb, for the footer; empty: the footer leaves it out."""
    tooltip: str
    """One sentence for help and palette."""
    method: str
    """What Textual calls: `action_<method>` of the app, the screen or the widget."""
    confirm: str = ""
    """What will happen, with fields in braces; empty: it is done without asking."""
    changes_serving: bool = False
    """Whether it may change what answers requests; such keys are capitals and always confirm."""

    @property
    def scope(self) -> str:
        """Where the key works: a key of `SCOPES`."""
        return self.id.partition(".")[0]

    @property
    def keys_shown(self) -> str:
        """The keys as people write them, a space between alternatives."""
        return self.shown or self.keys.replace(",", " ")
