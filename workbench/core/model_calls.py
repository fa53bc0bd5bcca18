"""How a model version is asked: ready lines for the shell, for Python and for files of rows."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from urllib.parse import quote

from storage.records import InputType, ModelVersion, Scalar, Signature
from workbench.core.model_cards import Call

NOWHERE = "http://127.0.0.1:8080"
"""Stands for the endpoint's address while none is known."""

_DATATYPES = {
    InputType.NUMBER: "FP64",
    InputType.INTEGER: "INT64",
    InputType.BOOLEAN: "BOOL",
    InputType.STRING: "BYTES",
}


def calls(
    version: ModelVersion, row: Mapping[str, Scalar], *, address: str = NOWHERE
) -> tuple[Call, ...]:
    """The ways of asking a version, the plainest first.

    Args:
        version: The endpoint answers for its model only while it is champion.
        row: A row that it takes.
        address: Where the endpoint listens.
    """
    model = quote(version.model)
    friendly = f"{address}/predict/{model}"
    protocol = f"{address}/v2/models/{model}/infer"
    name = shlex.quote(version.label)
    tensors = _json({"inputs": _tensors(version.signature, row)})
    return (
        Call(
            title="The endpoint, rows by name",
            language="sh",
            text=_curl(friendly, _json({"rows": [row]})),
        ),
        Call(
            title="The endpoint, Open Inference Protocol v2",
            language="sh",
            text=_curl(protocol, tensors),
        ),
        Call(title="The endpoint from Python", language="python", text=_python(friendly, row)),
        Call(
            title="A file of rows",
            language="sh",
            text=f"workbench score {name} rows.parquet answers.parquet",
        ),
        Call(
            title="Elsewhere, with nothing but onnxruntime",
            language="sh",
            text=f"workbench model export {name} model\npython model/predict.py model/example.json",
        ),
    )


def _curl(url: str, body: str) -> str:
    return f"curl -s {shlex.quote(url)} -H 'content-type: application/json' -d {shlex.quote(body)}"


def _tensors(signature: Signature, row: Mapping[str, Scalar]) -> list[dict[str, object]]:
    return [
        {
            "name": column.name,
            "shape": [1],
            "datatype": "BYTES" if isinstance(value, str) else _DATATYPES[column.type],
            "data": [value],
        }
        for column in signature.inputs
        for value in [row.get(column.name)]
    ]


def _python(url: str, row: Mapping[str, Scalar]) -> str:
    return "\n".join(
        [
            "import json",
            "from urllib.request import Request, urlopen",
            "",
            f"row = {dict(row)!r}",
            'body = json.dumps({"rows": [row]}).encode()',
            f'request = Request({url!r}, body, {{"content-type": "application/json"}})',
            'print(json.load(urlopen(request))["predictions"])',
        ]
    )


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False)
