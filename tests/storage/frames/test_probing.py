from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from storage.frames import Frames, Selection, examples, literal, measure
from storage.records import Measure, Probe

ROWS = '''
    SELECT * FROM (VALUES
        (1, 'AA', 0.5::DOUBLE, DATE '2013-01-01'),
        (1, 'AA', -1.5, DATE '2013-01-01'),
        (2, NULL, 'nan', NULL),
        (3, 'it''s', NULL, DATE '2013-01-03'),
        (NULL, 'UA', 'inf', DATE '2013-01-03')
    ) v(id, "이름 ""x""", found, t)
'''
NAME = '이름 "x"'


@pytest.fixture
def rows(frames: Frames, tmp_path: Path) -> Selection:
    path = tmp_path / "p.parquet"
    frames.rows(f"COPY ({ROWS}) TO {literal(str(path))} (FORMAT parquet)")
    return Selection(paths=(path,))


def probe(kind: Measure, *columns: str, **fields: object) -> Probe:
    return Probe(name=str(kind), measure=kind, columns=columns, **fields)


PROBES = {
    "rows": (probe(Measure.ROWS), 5),
    "nulls": (probe(Measure.NULLS, NAME), 1),
    "nulls are not NaN": (probe(Measure.NULLS, "found"), 1),
    "below": (probe(Measure.BELOW, "found", bound=0.0), 1),
    "below the bound itself": (probe(Measure.BELOW, "id", bound=1), 0),
    "above, NaN and infinity too": (probe(Measure.ABOVE, "found", bound=0.5), 2),
    "above infinity is NaN alone": (probe(Measure.ABOVE, "found", bound=math.inf), 1),
    "below minus infinity": (probe(Measure.BELOW, "found", bound=-math.inf), 0),
    "outside": (probe(Measure.OUTSIDE, NAME, values=("AA", "it's")), 1),
    "outside, of numbers": (probe(Measure.OUTSIDE, "id", values=("1", "2")), 1),
    "distinct": (probe(Measure.DISTINCT, "id"), 3),
    "duplicates of a key": (probe(Measure.DUPLICATES, "id"), 1),
    "duplicates of two columns": (probe(Measure.DUPLICATES, "id", NAME), 1),
    "no duplicates": (probe(Measure.DUPLICATES, "id", "found"), 0),
}


@pytest.mark.parametrize(("one", "value"), PROBES.values(), ids=PROBES.keys())
def test_a_probe_counts_its_rows(frames: Frames, rows: Selection, one: Probe, value: int):
    assert measure(frames, rows, [one]) == {one.name: value}


def test_all_probes_are_one_statement(frames: Frames, rows: Selection):
    named = [
        Probe(
            name=name, measure=one.measure, columns=one.columns, bound=one.bound, values=one.values
        )
        for name, (one, _) in PROBES.items()
    ]

    assert measure(frames, rows, named) == {name: value for name, (_, value) in PROBES.items()}


def test_no_probes_measure_nothing(frames: Frames, rows: Selection):
    assert measure(frames, rows, []) == {}


def test_examples_are_whole_rows_even_beside_a_column_of_any_name(frames: Frames, rows: Selection):
    (text,) = examples(frames, rows, probe(Measure.BELOW, "found", bound=0.0))

    assert json.loads(text) == {"id": 1, NAME: "AA", "found": -1.5, "t": "2013-01-01"}


def test_examples_are_few(frames: Frames, rows: Selection):
    found = examples(frames, rows, probe(Measure.OUTSIDE, "id", values=("9",)), limit=2)

    assert [json.loads(text)["id"] for text in found] == [1, 1]


@pytest.mark.parametrize("kind", [Measure.ROWS, Measure.DISTINCT, Measure.DUPLICATES])
def test_what_is_about_no_single_row_has_no_examples(
    frames: Frames, rows: Selection, kind: Measure
):
    assert examples(frames, rows, probe(kind, "id")) == ()


def test_a_bound_that_is_missing_is_a_callers_mistake(frames: Frames, rows: Selection):
    with pytest.raises(ValueError, match="a bound is needed"):
        measure(frames, rows, [probe(Measure.BELOW, "id")])
