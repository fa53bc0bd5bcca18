"""Which columns of a dataset a model from elsewhere is asked about, and which classes it tells apart."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from workbench.errors import UsageError

SHOWN = 30
"""Columns that a refusal names."""


def matched(
    features: Sequence[str], count: int | None, asked: Sequence[str] | None, known: Sequence[str]
) -> tuple[str, ...]:
    """The columns of a dataset that a model takes, in its order.

    Args:
        features: What the model calls them; empty: it does not name them.
        count: How many it takes; None: that is not told.
        asked: What somebody says they are, in the model's order; None: what the model says.
        known: The dataset's columns.

    Raises:
        UsageError: They are not known, or not as many.
    """
    has = f"The dataset has: {', '.join(known[:SHOWN])}{', …' if len(known) > SHOWN else ''}."
    if asked is None and not features:
        many = f"{count} columns" if count else "columns"
        raise UsageError(
            f"The model takes {many} and does not say which.",
            f"Name them in their order: --columns a,b,c. {has}",
        )
    wanted = asked if asked is not None else features
    expected = count if count is not None else len(features) or None
    if expected is not None and len(wanted) != expected:
        names = f" ({', '.join(features)})" if features else ""
        raise UsageError(
            f"The model takes {expected} columns{names}, and {len(wanted)} were named.",
            f"Name all of them in their order: --columns a,b,c. {has}",
        )
    # Libraries put a _ in place of what they do not take in a name.
    plain: dict[str, list[str]] = {}
    for name in known:
        plain.setdefault(_plain(name), []).append(name)
    found = []
    for name in wanted:
        alike = plain.get(_plain(name), []) if asked is None else []
        if name not in known and len(alike) != 1:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean '{near[0]}'? " if near else ""
            raise UsageError(
                f"The dataset has no column '{name}', which the model takes.",
                f"{hint}Name all columns in the model's order: --columns a,b,c. {has}",
            )
        found.append(name if name in known else alike[0])
    twice = next((name for name in found if found.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"Column '{twice}' is named twice.", "Name each column once.")
    return tuple(found)


def classes_of(
    told: Sequence[str], count: int, target: Sequence[str] | None, *, task: str
) -> tuple[str, ...]:
    """The names of a model's classes, in the order of its probabilities.

    Args:
        told: As the model names them; empty: it does not.
        count: How many it tells apart; 0: that is not told.
        target: The values of the target in their order; None: no target is named.
        task: binary or multiclass.

    Raises:
        UsageError: The target has values the model knows nothing of.
    """
    if told:
        unknown = [name for name in target or () if name not in told]
        if unknown:
            raise UsageError(
                f"The target has the value '{unknown[0]}', and the model knows: {', '.join(told)}.",
                "Name the column it was trained on: --target NAME; or another version of the dataset.",
            )
        return tuple(told)
    expected = count or (2 if task == "binary" else len(target or ()))
    if target is None:
        return tuple(map(str, range(expected)))
    if len(target) != expected:
        raise UsageError(
            f"The target has {len(target)} values ({', '.join(target[:5])}), and the model tells "
            f"{expected} classes apart.",
            "Name the column it was trained on: --target NAME; or another version of the dataset.",
        )
    return tuple(target)


def _plain(name: str) -> str:
    return re.sub(r"\W", "_", name)
