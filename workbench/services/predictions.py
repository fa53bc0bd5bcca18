"""What the endpoint answered, for people: the newest requests, their scores, and all rows as a table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from storage import predictions as log
from storage.errors import NotFound
from storage.predictions import folder_of
from storage.records import AnsweredRequest
from workbench.core import parity
from workbench.services.context import Context

if TYPE_CHECKING:
    from workbench.services.logged_rows import LoggedRows

MOST_SCORES = 10_000


def recent(
    context: Context, model: str | None = None, *, limit: int = 200, since: datetime | None = None
) -> tuple[AnsweredRequest, ...]:
    """The newest requests that were answered and logged, newest first.

    While the endpoint answers, only the ends of a few files are read; where too few requests lie there,
    the newest sealed ones follow.

    Args:
        context: The project.
        model: Whose; None: of all models.
        limit: How many at most.
        since: Only those that came at or after this time; None: all.

    Raises:
        NotFound: There is no such model.
    """
    root = context.store.layout.predictions
    names = [model] if model is not None else _models(context)
    if model is not None:
        with context.store.read() as tx:
            tx.models.get(model)
    places = {name: folder_of(root, name) for name in names}
    found = log.recent(places.values(), limit=limit, since=since)
    if len(found) < limit and since is None:
        found += _sealed(context, places, limit=limit - len(found))
    return tuple(_with_labels(context, found))


def recent_scores(
    context: Context, model: str, *, rows: int = MOST_SCORES
) -> Mapping[tuple[int, str], NDArray[np.float64]]:
    """Scores of about the newest logged rows of a model, per version and role, newest first.

    Args:
        context: The project.
        model: Whose.
        rows: How many of them at most, of all versions together.

    Returns:
        Per (version, "answer" or "shadow") shape (rows,), or (rows, classes) for more than two classes.
    """
    return log.recent_scores(folder_of(context.store.layout.predictions, model), rows=rows)


def rows(context: Context, model: str) -> LoggedRows:
    """All logged rows of a model as they are now, as a frame, a relation or arrays.

    Raises:
        NotFound: There is no such model.
    """
    from workbench.services import logged_rows  # noqa: PLC0415 - loads the database

    return logged_rows.open_rows(context, model)


def _models(context: Context) -> list[str]:
    with context.store.read() as tx:
        return [model.name for model in tx.models.all()]


def _sealed(context: Context, places: Mapping[str, object], *, limit: int) -> list[AnsweredRequest]:
    """The newest requests that lie in Parquet files."""
    from storage.predictions import Predictions  # noqa: PLC0415 - loads the database

    reader = Predictions(context.store.frames, context.store.layout.predictions)
    found = [one for name in places for one in reader.newest_sealed(name, limit=limit)]
    return sorted(found, key=lambda one: one.at, reverse=True)[:limit]


def _with_labels(context: Context, found: Iterable[AnsweredRequest]) -> Iterable[AnsweredRequest]:
    classes: dict[tuple[str, int], tuple[str, ...]] = {}
    with context.store.read() as tx:
        for one in found:
            of = (one.model, one.version)
            if of not in classes:
                try:
                    classes[of] = tx.models.version(*of).signature.classes
                except NotFound:
                    classes[of] = ()  # it was removed; its answers stay
            yield replace(one, label=_label(classes[of], one.scores))


def _label(classes: tuple[str, ...], scores: tuple[float, ...]) -> str:
    if not classes or any(map(math.isnan, scores)):
        return ""
    values = np.array(scores)
    code = int(parity.labels(values if len(scores) == 1 else values.reshape(1, -1))[0])
    return classes[code] if code < len(classes) else ""
