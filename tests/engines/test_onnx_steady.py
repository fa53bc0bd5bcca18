"""A row's answer does not depend on the rows beside it, and graphs of which that is certain are told apart."""

from __future__ import annotations

import lightgbm
import numpy as np
import pandas as pd
import pytest
from onnx import TensorProto, helper
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from workbench.core import signature
from workbench.engines.export import exporting
from workbench.engines.native import BoosterModel, PipelineModel
from workbench.engines.onnx_session import Session
from workbench.engines.onnx_steady import is_steady

RNG = np.random.default_rng(3)
COLUMNS = {f"x{at}": RNG.normal(size=301) for at in range(4)}
MATRIX = np.column_stack(list(COLUMNS.values()))
TARGET = (MATRIX.sum(axis=1) + RNG.normal(size=301) > 0).astype(int)
BINARY = signature.infer(COLUMNS, task="binary", classes=("no", "yes"))
REGRESSION = signature.infer(COLUMNS, task="regression")


def boosted(takes, **params):
    train = lightgbm.Dataset(MATRIX, TARGET)
    booster = lightgbm.train({"verbosity": -1, "num_threads": 1, **params}, train, 20)
    return exporting.export(BoosterModel(signature=takes, booster=booster), takes)


def linear(takes):
    fitted = make_pipeline(LogisticRegression()).fit(pd.DataFrame(COLUMNS), TARGET)
    model = PipelineModel(signature=takes, pipeline=fitted, is_built_in=False)
    return exporting.export(model, takes)


GRAPHS = {
    "binary": (boosted, BINARY, {"objective": "binary"}, True),
    "binary, with a slope": (boosted, BINARY, {"objective": "binary", "sigmoid": 2.5}, True),
    "regression": (boosted, REGRESSION, {"objective": "regression"}, True),
    "poisson": (boosted, REGRESSION, {"objective": "poisson"}, False),
    "linear": (linear, BINARY, {}, False),
}


@pytest.mark.parametrize(("make", "takes", "params", "expected"), GRAPHS.values(), ids=GRAPHS)
def test_a_row_has_the_same_answer_alone_and_among_others(make, takes, params, expected):
    graph = make(takes, **params)
    session = Session(graph, takes)
    together = session.scores(COLUMNS)
    alone = [
        session.scores({name: one[at : at + 1] for name, one in COLUMNS.items()})[0]
        for at in range(301)
    ]

    assert is_steady(graph) is expected
    assert alone == together.tolist()


@pytest.mark.parametrize("kind", ["Exp", "Tanh", "MatMul"])
def test_a_graph_whose_last_bits_may_depend_on_others_is_not_steady(kind):
    inputs = ["x", "x"] if kind == "MatMul" else ["x"]
    value = helper.make_tensor_value_info("x", TensorProto.DOUBLE, [None, 1])
    made = helper.make_model(
        helper.make_graph([helper.make_node(kind, inputs, ["value"])], "g", [value], [])
    )

    assert not is_steady(made.SerializeToString())
