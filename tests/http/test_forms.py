"""All forms of asking are one: the same rows have the same answers, however they were sent."""

from __future__ import annotations

import csv
import io
import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.http.inprocess import answering
from tests.http.project import ROW, tensors

KINDS = {"거리(km)": "FP64", "seats": "FP64", "night": "BOOL", "carrier": "BYTES"}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with answering(tmp_path_factory.mktemp("project")) as asked:
        yield asked


rows = st.lists(
    st.tuples(
        st.floats(-50, 50),
        st.none() | st.integers(-(2**53), 2**53),
        st.booleans(),
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8),
    ),
    min_size=1,
    max_size=6,
)


def by_v2(served, sent):
    columns = dict(zip(ROW, map(list, zip(*sent, strict=True)), strict=True))
    inputs = [{**one, "datatype": KINDS[one["name"]]} for one in tensors(**columns)]
    reply = served.post("/v2/models/late/infer", {"inputs": inputs})[1]
    return np.reshape(reply["outputs"][1]["data"], (-1, 2)).tolist()


def by_bytes(served, sent):
    parts = []
    for name, values in zip(ROW, zip(*sent, strict=True), strict=True):
        if KINDS[name] == "BYTES":
            encoded = [value.encode() for value in values]
            raw = b"".join(struct.pack("<I", len(one)) + one for one in encoded)
        else:
            raw = np.array(values, float if KINDS[name] == "FP64" else bool).tobytes()
        parts.append((name, raw))
    inputs = [
        {"name": name, "shape": [len(sent), 1], "datatype": KINDS[name],
         "parameters": {"binary_data_size": len(raw)}}
        for name, raw in parts
    ]  # fmt: skip
    head = json.dumps({"inputs": inputs, "parameters": {"binary_data_output": True}}).encode()
    headers = {"inference-header-content-length": str(len(head))}
    body = head + b"".join(raw for _, raw in parts)
    _, reply, _ = served.exchange("/v2/models/late/infer", body, headers)
    return np.frombuffer(reply[-16 * len(sent) :], "<f8").reshape(-1, 2).tolist()


def by_name(served, sent):
    body = {"rows": [dict(zip(ROW, row, strict=True)) for row in sent]}
    _, reply, _ = served.post("/predict/late", body)
    return [list(one["probabilities"].values()) for one in reply["predictions"]]


def by_columns(served, sent):
    columns = dict(zip(ROW, map(list, zip(*sent, strict=True)), strict=True))
    _, reply, _ = served.post("/predict/late", {"columns": columns})
    return [list(one["probabilities"].values()) for one in reply["predictions"]]


def by_mlflow(served, sent):
    split = {"columns": list(ROW), "data": sent}
    body = {"dataframe_split": split, "params": {"predict_method": "predict_proba"}}
    return served.post("/invocations?model=late", body)[1]["predictions"]


@given(rows)
@settings(max_examples=60, deadline=None)
def test_every_form_gives_the_same_probabilities(served, sent):
    expected = by_v2(served, sent)

    for asked in (by_bytes, by_name, by_columns, by_mlflow):
        assert asked(served, sent) == expected


@given(rows)
@settings(max_examples=40, deadline=None)
def test_csv_gives_the_same_labels(served, sent):
    written = io.StringIO()
    csv.writer(written).writerows([list(ROW), *sent])
    _, by_csv, _ = served.exchange(
        "/invocations?model=late", written.getvalue().encode(), {"content-type": "text/csv"}
    )
    body = {"instances": [list(row) for row in sent]}

    assert json.loads(by_csv) == served.post("/invocations?model=late", body)[1]
