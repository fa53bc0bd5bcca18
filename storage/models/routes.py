"""Routes: which aliases of a model share its requests; replaced whole, and only as the caller saw them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, insert, select, update

from storage import tables
from storage.errors import Conflict
from storage.models.rows import read_versions, select_versions
from storage.records import CHAMPION, ModelRouting, ModelVersion, RouteRole, Routing

M = tables.models.c
A = tables.aliases.c
R = tables.routes.c
V = tables.model_versions.c

Fingerprint = tuple[tuple[object, ...], ...]
"""Equal while no alias, no route and no sticky value of any model has changed."""


def fingerprint(connection: Connection) -> Fingerprint:
    """What changes when somebody else shall answer; cheap enough to be looked at five times a second."""
    queries = (
        select(A.model_id, A.alias, A.model_version_id).order_by(A.model_id, A.alias),
        select(R.model_id, R.alias, R.role, R.weight).order_by(R.model_id, R.alias, R.role),
        select(M.id, M.sticky).where(M.sticky != "").order_by(M.id),
    )
    return tuple(tuple(row) for query in queries for row in connection.execute(query))


def read(connection: Connection, model: str | None = None) -> tuple[ModelRouting, ...]:
    """The routing of every model, or of one, by the model's name."""
    models = select(M.id, M.name, M.sticky).order_by(M.name)
    pointed = select_versions().where(V.id.in_(select(A.model_version_id)))
    set_ = select(tables.routes).order_by(R.model_id, R.alias != CHAMPION, R.alias)
    if model is not None:
        models, pointed = models.where(M.name == model), pointed.where(M.name == model)
    versions = _by_alias(read_versions(connection, pointed))
    routes: dict[int, list[tuple[str, str, int]]] = {}
    for row in connection.execute(set_):
        routes.setdefault(row.model_id, []).append((row.alias, row.role, row.weight))
    return tuple(
        ModelRouting(
            model=row.name,
            routing=_routing(routes.get(row.id, []), row.sticky),
            versions=versions.get(row.name, {}),
            is_set=row.id in routes,
        )
        for row in connection.execute(models)
    )


def replace(
    connection: Connection, model_id: int, model: str, routing: Routing, *, expected: Routing | None
) -> None:
    """Sets a model's routing, if it is still what the caller saw; None: whatever it is.

    Raises:
        Conflict: It is another by now; nothing was changed.
    """
    (found,) = read(connection, model)
    if expected is not None and found.routing != expected:
        raise Conflict(
            f"The routes of {model} were changed by somebody else; nothing was changed now.",
            f"Look with `workbench serve routes {model}`, then try again.",
        )
    connection.execute(delete(tables.routes).where(R.model_id == model_id))
    connection.execute(update(tables.models).where(M.id == model_id).values(sticky=routing.sticky))
    if routing == Routing(sticky=routing.sticky):
        return
    rows = [
        *((alias, RouteRole.ANSWER, weight) for alias, weight in routing.answers.items()),
        *((alias, RouteRole.SHADOW, 0) for alias in routing.shadows),
    ]
    connection.execute(
        insert(tables.routes),
        [
            {"model_id": model_id, "alias": alias, "role": role.value, "weight": weight}
            for alias, role, weight in rows
        ],
    )


def _routing(rows: Iterable[tuple[str, str, int]], sticky: str) -> Routing:
    found = list(rows)
    if not found:
        return Routing(sticky=sticky)
    return Routing(
        answers={alias: weight for alias, role, weight in found if role == RouteRole.ANSWER},
        shadows=tuple(alias for alias, role, _ in found if role == RouteRole.SHADOW),
        sticky=sticky,
    )


def _by_alias(versions: Iterable[ModelVersion]) -> dict[str, dict[str, ModelVersion]]:
    found: dict[str, dict[str, ModelVersion]] = {}
    for version in versions:
        for alias in version.aliases:
            found.setdefault(version.model, {})[alias] = version
    return found
