"""What people write by hand: FastAPI, a pydantic model a row, onnxruntime; no log, no metrics."""

from __future__ import annotations

import sys

import numpy as np
import onnxruntime
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, create_model

COLUMNS = [f"x{at}" for at in range(20)]
Row = create_model("Row", **dict.fromkeys(COLUMNS, (float, ...)))


class Request(BaseModel):
    """Rows to answer."""

    rows: list[Row]


class Response(BaseModel):
    """Their probabilities."""

    labels: list[str]
    probabilities: list[float]


options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[2], options, providers=["CPUExecutionProvider"])
(matrix,) = [one.name for one in session.get_inputs()]
app = FastAPI()


@app.post("/predict")
async def predict(request: Request) -> Response:
    """The answer to some rows."""
    rows = np.array([[getattr(row, name) for name in COLUMNS] for row in request.rows], np.float64)
    (table,) = session.run(["probabilities"], {matrix: rows})
    scores = table[:, 1].tolist()
    return Response(labels=["yes" if p > 0.5 else "no" for p in scores], probabilities=scores)


uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False)
