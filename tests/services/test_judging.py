"""What the gate is told besides truth and scores."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.config import GateConfig
from workbench.services import judging

ROWS = 240
HOURLY = np.ma.masked_array(
    np.datetime64("2024-05-01", "us") + np.arange(ROWS) * np.timedelta64(3, "h"),
    mask=np.zeros(ROWS, dtype=np.bool_),
)
ONE_DATE = np.full(ROWS, np.datetime64("2024-05-01", "us"))
SHOPS = np.array(["a", "b", "c"], dtype=object)[np.arange(ROWS) % 3]


@pytest.mark.parametrize(
    ("rules", "group", "times", "noun", "count"),
    [
        (GateConfig(), None, HOURLY, "day", 30),
        (GateConfig(), "shop", HOURLY, "group", 3),
        (GateConfig(by="time"), None, ONE_DATE, "52-week block", 1),
    ],
    ids=["blocks of time", "groups before blocks", "one date, by demand"],
)
def test_rows_of_a_group_or_a_block_of_time_are_drawn_as_one(rules, group, times, noun, count):
    found = judging.drawn_together(rules, {"shop": SHOPS, "at": times}, group=group, time="at")

    assert (found.noun, found.count) == (noun, count)


@pytest.mark.parametrize(
    ("rules", "time"),
    [(GateConfig(by="rows"), "at"), (GateConfig(), None), (GateConfig(), "date")],
    ids=["by demand", "no event time", "one date"],
)
def test_without_groups_or_blocks_enough_rows_are_drawn_one_by_one(rules, time):
    rows = {"at": HOURLY, "date": ONE_DATE}

    assert judging.drawn_together(rules, rows, group=None, time=time) is None
