"""Answers rows with model.onnx, a JSON line each: `python predict.py ROWS` (.csv, .jsonl or .json)."""

from __future__ import annotations

import csv
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

HERE = Path(__file__).parent


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The rows of a CSV file, of JSON lines, or of {"rows": [...]}."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        if path.suffix == ".csv":
            return list(csv.DictReader(file))
        if path.suffix == ".json":
            return list(json.load(file)["rows"])
        return [json.loads(line) for line in file if line.strip()]


def seconds(moment: str) -> float:
    """Seconds since 1970 of a moment by ISO 8601, in UTC where it names no offset."""
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        return float(moment)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def typed(value: Any, kind: str, *, nullable: bool) -> Any:
    """A value as the graph takes it: a text, or a number; "" or NaN where it is missing."""
    is_missing = value is None or value == "" or value != value  # noqa: PLR0124 - NaN differs from itself
    if is_missing and nullable:
        return "" if kind == "string" else np.nan
    if kind == "string" and isinstance(value, str) and value:
        return value
    if kind == "boolean":
        return {"true": 1.0, "false": 0.0}[str(value).lower()]
    if kind == "moment" and isinstance(value, str):
        value = seconds(value)
    number = np.nan if kind == "string" or isinstance(value, bool) else float(value)
    if not np.isfinite(number) or (kind == "integer" and number % 1):
        raise ValueError
    return number


def fed(column: dict[str, Any], rows: list[dict[str, Any]]) -> Any:
    """The values of a column as the graph's input, shape (rows, 1)."""
    name, nullable = column["name"], column["nullable"]
    kind = "moment" if column["is_moment"] else column["type"]
    values = []
    for at, row in enumerate(rows, 1):
        if name not in row:
            sys.exit(f"Row {at} has no column {name!r}.")
        try:
            values.append(typed(row[name], kind, nullable=nullable))
        except (KeyError, OverflowError, TypeError, ValueError):
            allowed = f"{kind} or nothing" if nullable else f"{kind}, and never nothing"
            sys.exit(f"Row {at}: {row[name]!r} in column {name!r}; it takes {allowed}.")
    return np.array(values, object if kind == "string" else np.float64).reshape(-1, 1)


def main() -> None:
    """Answers the rows of the file that is named."""
    signature = json.loads((HERE / "signature.json").read_text(encoding="utf-8"))
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1  # the same sums in the same order as where it was proved
    model = ort.InferenceSession(HERE / "model.onnx", options, providers=["CPUExecutionProvider"])
    rows = rows_of(Path(sys.argv[1])) or sys.exit("The file has no rows.")
    feeds = {column["graph_name"]: fed(column, rows) for column in signature["inputs"]}
    if signature["classes"]:
        labels, shares = (found.tolist() for found in model.run(["label", "probabilities"], feeds))
        spread = [dict(zip(signature["classes"], row, strict=True)) for row in shares]
        pairs = zip(labels, spread, strict=True)
        answers = [{"label": label, "probabilities": row} for label, row in pairs]
    else:
        answers = [{"value": value} for value in model.run(["value"], feeds)[0][:, 0].tolist()]
    sys.stdout.writelines(f"{json.dumps(one, ensure_ascii=False)}\n" for one in answers)


if __name__ == "__main__":
    main()
