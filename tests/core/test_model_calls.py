"""The lines that ask a model are understood by what they are for."""

from __future__ import annotations

import ast
import json
import shlex
from dataclasses import replace

import pytest

from storage.records import InputColumn, InputType, Signature
from tests.report import lives
from workbench.core.checking import arrays
from workbench.core.model_calls import calls

ROW = {"거리(km)": 12.5, "stop": 'it\'s | "here"', "seats": None, "late": True}
KINDS = (InputType.NUMBER, InputType.STRING, InputType.INTEGER, InputType.BOOLEAN)
SIGNATURE = Signature(
    task="regression",
    inputs=tuple(
        InputColumn(name=name, graph_name=name, type=kind, nullable=True)
        for name, kind in zip(ROW, KINDS, strict=True)
    ),
)
VERSION = replace(lives.model_version(7), model="late flights", signature=SIGNATURE)


def bodies():
    return [shlex.split(one.text)[-1] for one in calls(VERSION, ROW)[:2]]


def test_the_shell_sends_the_row_as_it_is():
    assert json.loads(bodies()[0]) == {"rows": [ROW]}


def test_the_tensors_of_the_protocol_fit_the_signature():
    tensors = json.loads(bodies()[1])["inputs"]
    columns = arrays(SIGNATURE, {one["name"]: one["data"] for one in tensors})

    assert {name: values.tolist()[0] for name, values in columns.items()} == pytest.approx(
        {"거리(km)": 12.5, "stop": ROW["stop"], "seats": float("nan"), "late": 1.0}, nan_ok=True
    )


def test_the_address_names_the_model_whatever_it_is_called():
    found = calls(VERSION, ROW, address="http://127.0.0.1:9")

    assert "http://127.0.0.1:9/predict/late%20flights" in shlex.split(found[0].text)


def test_the_python_is_python():
    (text,) = [one.text for one in calls(VERSION, ROW) if one.language == "python"]

    assert ast.parse(text)


def test_files_are_scored_by_the_version_that_is_meant():
    assert any("score 'late flights@v7' rows.parquet" in one.text for one in calls(VERSION, ROW))
