"""The condition behind `/`: which rows of a list to keep, in the language of `runs list --where`."""

from __future__ import annotations

from storage.records.filters import All, Anywhere, Condition
from workbench.core import filters
from workbench.core.filters import Fields
from workbench.errors import UsageError

__all__ = ["Fields", "keeps", "parse"]


def parse(query: str) -> Condition:
    """The condition of a query; all words of it, looked for anywhere, while it cannot be understood.

    `late` keeps rows that say late anywhere, `state:failed` those whose state holds failed, `recipe=lgbm` those
    that are just that, `auc>0.7` compares numbers, and a minus in front turns a word around.
    """
    try:
        return filters.parse(query)
    except UsageError:
        # Somebody is in the middle of typing it.
        return All(conditions=tuple(Anywhere(word=word) for word in query.split()))


def keeps(condition: Condition, fields: Fields) -> bool:
    """Whether a row meets a condition."""
    return filters.holds(condition, fields)
