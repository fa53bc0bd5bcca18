"""Which rows are drawn as one."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.services import dependence

ROWS = 240
HOURLY = np.ma.masked_array(
    np.datetime64("2024-05-01", "us") + np.arange(ROWS) * np.timedelta64(3, "h"),
    mask=np.zeros(ROWS, dtype=np.bool_),
)
ONE_DATE = np.full(ROWS, np.datetime64("2024-05-01", "us"))
SHOPS = np.array(["a", "b", "c"], dtype=object)[np.arange(ROWS) % 3]


@pytest.mark.parametrize(
    ("by", "group", "times", "noun", "count"),
    [
        (None, None, HOURLY, "day", 30),
        (None, "shop", HOURLY, "group", 3),
        ("time", None, ONE_DATE, "52-week block", 1),
    ],
    ids=["blocks of time", "groups before blocks", "one date, by demand"],
)
def test_rows_of_a_group_or_a_block_of_time_are_drawn_as_one(by, group, times, noun, count):
    found = dependence.units_of({"shop": SHOPS, "at": times}, group=group, time="at", by=by)

    assert (found.noun, found.count) == (noun, count)


@pytest.mark.parametrize(
    ("by", "time"),
    [("rows", "at"), (None, None), (None, "date")],
    ids=["by demand", "no event time", "one date"],
)
def test_without_groups_or_blocks_enough_rows_are_drawn_one_by_one(by, time):
    rows = {"at": HOURLY, "date": ONE_DATE}

    assert dependence.units_of(rows, group=None, time=time, by=by) is None
