"""The names that a condition may ask for: attributes of a record, and metrics and params by their own names."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from storage.records.comparing import folded
from storage.records.filters import Field, Group

Kind = Literal["any", "text", "number", "moment", "run"]
"""What an attribute is compared as; `run` is written r12 or 12."""
_LISTED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What records have by name."""

    attributes: Mapping[str, Kind]
    metrics: Collection[str] = field(default=frozenset())
    params: Collection[str] = field(default=frozenset())

    def bare(self, name: str) -> tuple[Field, ...]:
        """What a name that stands alone means: an attribute, else a metric, a param, or both of them."""
        attribute = _found(name, self.attributes)
        if attribute is not None:
            return (Field(name=attribute),)
        groups: tuple[Group, ...] = ("metrics", "params")
        found = [(group, _found(name, self.of_group(group))) for group in groups]
        return tuple(Field(name=one, group=group) for group, one in found if one is not None)

    def grouped(self, name: str, group: Group) -> Field | None:
        """A metric, param or tag as it is spelled; None when records have metrics, or params, but not this."""
        known = self.of_group(group)
        found = _found(name, known)
        if found is None and known:
            return None
        return Field(name=name if found is None else found, group=group)

    def of_group(self, group: Group) -> Collection[str]:
        """The names of a group; none of tags, which anybody may think up."""
        return {"metrics": self.metrics, "params": self.params}.get(group, ())

    def kind_of(self, asked: Field) -> Kind:
        """What a field is compared as."""
        if asked.group:
            kinds: dict[Group, Kind] = {"metrics": "number", "tags": "text"}
            return kinds.get(asked.group, "any")
        return self.attributes.get(asked.name, "any")

    def advice(self, name: str) -> str:
        """How to ask for a name that was looked for in the wrong group; empty when it is in none."""
        found = self.bare(name)
        return f"Write {' or '.join(map(str, found))}. " if found else ""

    def hint(self, name: str) -> str:
        """The name nearest to one that is not known, and what is known."""
        names = [*self.attributes, *sorted(self.metrics), *sorted(self.params)]
        known = [f"Known: {', '.join(self.attributes)}"]
        known += [f"metrics {_some(self.metrics)}"] if self.metrics else []
        known += [f"params {_some(self.params)}"] if self.params else []
        return f"{nearest(name, names)}{'; '.join(known)}."


def nearest(name: str, known: Collection[str]) -> str:
    """`Did you mean 'roc_auc'? `, or nothing."""
    by_folded = {folded(one): one for one in known}
    near = difflib.get_close_matches(folded(name), by_folded, n=1, cutoff=0.5)
    return f"Did you mean '{by_folded[near[0]]}'? " if near else ""


def _found(name: str, known: Collection[str]) -> str | None:
    """A known name, in whatever case it was written."""
    if name in known:
        return name
    return next((one for one in known if folded(one) == folded(name)), None)


def _some(names: Collection[str]) -> str:
    return ", ".join(sorted(names)[:_LISTED]) + (", …" if len(names) > _LISTED else "")
