from __future__ import annotations

import pytest

from workbench.tui import filters

ROW = {
    "run": "r12",
    "state": "finished",
    "recipe": "default",
    "auc": 0.71,
    "name": None,
    "params.C": 2,
}


@pytest.mark.parametrize(
    "query",
    [
        "",
        "r12",
        "FINISH",
        "state:fin",
        "auc>0.7",
        "auc<=0.71",
        "recipe=default",
        "-deep",
        "state = 'finished' and (auc > 0.9 or recipe in (default, deep))",
        "params.C = 2",
        "C=2",
    ],
)
def test_a_query_keeps_a_row_that_matches(query):
    assert filters.keeps(filters.parse(query), ROW)


@pytest.mark.parametrize(
    "query",
    [
        "r13",
        "-r12",
        "state:failed",
        "auc>0.8",
        "auc>x",
        "recipe=def",
        "lr>0.1",
        "r12 auc>0.8",
        "finished (",
    ],
)
def test_a_query_drops_a_row_that_does_not(query):
    assert not filters.keeps(filters.parse(query), ROW)
