"""Whether one version can stand in for another."""

from __future__ import annotations

from storage.records import InputType, ModelVersion


def unfit(version: ModelVersion, champion: ModelVersion) -> str | None:
    """Why `version` cannot answer what is sent to `champion`, in one sentence; None when it can."""
    mine, its = version.signature, champion.signature
    if (mine.task, mine.classes) != (its.task, its.classes):
        return f"it gives other answers than {champion.label}: another task, or other classes."
    takes = {column.name: column for column in mine.inputs}
    known = {column.name: column for column in its.inputs}
    for name in [*known, *takes]:
        if name not in takes:
            return f"it takes no column {name}, which {champion.label} takes."
        if name not in known:
            return f"it needs the column {name}, which {champion.label} does not take."
        one, other = takes[name], known[name]
        is_wider = (one.type, other.type) == (InputType.NUMBER, InputType.INTEGER)
        if one.type is not other.type and not is_wider:
            return f"it takes {name} as {one.type.value}, {champion.label} as {other.type.value}."
        if other.nullable and not one.nullable:
            return f"it refuses rows without {name}, which {champion.label} takes."
    return None
