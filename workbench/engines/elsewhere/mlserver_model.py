"""A runtime for MLServer: answers inference requests with the model.onnx that its settings name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from mlserver import MLModel
from mlserver.errors import InferenceError
from mlserver.types import InferenceRequest, InferenceResponse, ResponseOutput

HERE = Path(__file__).parent


class OnnxModel(MLModel):  # type: ignore[misc] # MLServer is not there where this is checked
    """One model, with its signature beside this file."""

    async def load(self) -> bool:
        """Loads graph and signature."""
        signature = json.loads((HERE / "signature.json").read_text(encoding="utf-8"))
        self._inputs, self._classes = signature["inputs"], signature["classes"]
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        graph = HERE / self.settings.parameters.uri
        self._session = ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Labels and probabilities, or values; a column may have its own name or the graph's."""
        given = {one.name: list(one.data) for one in payload.inputs}
        feeds = {column["graph_name"]: self._fed(column, given) for column in self._inputs}
        names = ["label", "probabilities"] if self._classes else ["value"]
        outputs = [
            _output(name, found)
            for name, found in zip(names, self._session.run(names, feeds), strict=True)
        ]
        return InferenceResponse(
            model_name=self.name, model_version=self.version, outputs=outputs, id=payload.id
        )

    def _fed(self, column: dict[str, Any], given: dict[str, list[Any]]) -> Any:
        name = column["name"] if column["name"] in given else column["graph_name"]
        if name not in given:
            raise InferenceError(f"Input {column['name']!r} is missing.")
        if column["type"] == "string":
            texts = [one.decode() if isinstance(one, bytes) else one or "" for one in given[name]]
            return np.array(texts, object).reshape(-1, 1)
        try:
            return np.array(given[name], np.float64).reshape(-1, 1)
        except (TypeError, ValueError):
            raise InferenceError(f"Input {column['name']!r} holds no numbers.") from None


def _output(name: str, found: Any) -> ResponseOutput:
    datatype = "FP64" if found.dtype.kind == "f" else "BYTES"
    shape = [len(found), 1] if found.ndim == 1 else list(found.shape)
    return ResponseOutput(
        name=name, shape=shape, datatype=datatype, data=found.reshape(-1).tolist()
    )
