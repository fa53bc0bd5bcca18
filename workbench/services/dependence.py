"""Which rows depend on each other, and so are drawn as one when an interval is found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from workbench.config import GateBy
from workbench.core import columns as column_rules
from workbench.core import units
from workbench.services import material


def units_of(
    rows: Mapping[str, NDArray[Any]],
    *,
    group: str | None,
    time: str | None,
    by: GateBy | None = None,
) -> units.Units | None:
    """The rows of a group, else those of a block of event time; None: no row depends on another.

    Args:
        rows: Columns with `group` and `time` among them.
        group: The column whose values belong together; None: none does.
        time: The column of event time; None: there is none.
        by: What is drawn where there are no groups; None: blocks of time, where they are enough.
    """
    if group is not None:
        return units.by_group(column_rules.texts(rows[group]).astype(str))
    if time is None or by == "rows":
        return None
    found = units.by_time(material.moments(rows[time]))
    # Rows of a few moments, such as a file a day, could never be judged by blocks of time.
    return found if by == "time" or found.count >= units.LEAST else None
