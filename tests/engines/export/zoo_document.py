"""docs/EXPORT.md: what is guaranteed, and what became of each estimator in the zoo."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from tests.engines.export.zoo_proofs import Outcome
from workbench.engines.environment import package_versions

PATH = Path(__file__).parents[3] / "docs" / "EXPORT.md"
_PACKAGES = ("scikit-learn", "lightgbm", "onnx", "onnxruntime", "numpy")
_HEADINGS = {
    "classifier": "Classifiers",
    "regressor": "Regressors",
    "transformer": "Transformers",
    "outlier detector": "Outlier detectors",
    "LightGBM": "LightGBM",
}
_PROSE = """# Export to ONNX

A registered model is one ONNX graph, from the raw columns to the answer, which `onnxruntime` runs
without scikit-learn, LightGBM or pandas. This page says which estimators have such a graph. It is
written by `python -m tests.engines.export.zoo > docs/EXPORT.md`; a test holds each line against what
it finds.

## What is guaranteed

- **A graph is never taken on trust.** Whatever stands here, registering asks model and graph up to
  100 000 real rows and thousands of hostile ones, and a version whose graph answers differently
  cannot become champion. The tables below come from the same questions, asked of every estimator.
- **exact**: every score differs by at most 1e-9, values in standard deviations of the target, and no
  label differs. Nearly all are at 1e-15: the graph computes in double what scikit-learn computes in
  double, node by node.
- **within tolerance**: no label differs, and no score by more than 1e-4.
- **refused**: `workbench model register` says no, with the reason; a model without a graph that
  answers alike is not registered at all.

Asked are real rows, missing values, unknown and nearly right categories, infinite and extreme
numbers, and numbers that float32 cannot hold, as far as the model itself has an answer to them. Where
a number is so far off (100 000 and more) that the model answers the next number otherwise, all it
gives is rounding, and nothing can be compared. A proof asks such rows too: a model whose answers far
outside are rounding alone, such as one of splines that go on past their last knot, can fail there.

What is exact by itself can be put together so that it is not: what jumps at a value of its own, such as
a tree or a QuantileTransformer over few distinct numbers, behind a step whose last digit differs, such as
a PowerTransformer or a kernel. Of 675 pipelines put together by chance, 667 were exact, three within
tolerance, and five off, all of this kind; that is what the proof is for.

## Inputs and outputs

Each column is an input of shape (n, 1): double for numbers, whole numbers and yes or no (NaN is
missing), string for texts ("" is missing, in training and at serving). Columns may have any name. A
classification gives `label` and `probabilities` (double, no zipmap), a regression `value`.

- A classifier without `predict_proba` scores 1 for the class it predicts and 0 for the others.
- An outlier detector is asked as a regression: its value is what `decision_function` gives, below 0
  for an outlier. Training knows no such task; a detector comes in as a model from elsewhere.
- Pipelines and ColumnTransformers may be nested as you like; columns are chosen by name, place,
  slice, mask or `make_column_selector`. Texts go through imputers and encoders, also without a
  ColumnTransformer. Sparse outputs are dense in the graph.
- A moment is its seconds since 1970 UTC, in double; callers may send ISO 8601. `MomentParts` of
  `workbench.engines.moments` takes it apart, in the graph as in training.
- Encoders know texts, numbers and yes or no, with every way to treat unknown, rare, dropped and
  missing categories.
- A FunctionTransformer may apply these functions of numpy and scipy; any other one is refused by its
  name, for a graph cannot hold Python:
{functions}.
- An IterativeImputer answers a row as it does among others: scikit-learn itself treats rows otherwise
  when not one value of all that are asked at once is known.
- Words are not cut in a graph: CountVectorizer, TfidfVectorizer and HashingVectorizer are refused.
"""


def written(outcomes: Mapping[tuple[str, str], Outcome], functions: str = "") -> str:
    """The whole page.

    Args:
        outcomes: By kind and name.
        functions: The names a FunctionTransformer may apply.
    """
    parts = [_PROSE.replace("{functions}", functions), _summary(outcomes)]
    for kind, heading in _HEADINGS.items():
        rows = {name: one for (of, name), one in outcomes.items() if of == kind}
        if rows:
            parts.append(_table(heading, rows))
    return "\n".join(parts)


def told(text: str) -> dict[tuple[str, str], tuple[str, str]]:
    """Per kind and name the word and the remark that the page gives."""
    kinds = {heading: kind for kind, heading in _HEADINGS.items()}
    found = {}
    kind = ""
    for line in text.splitlines():
        if line.startswith("## "):
            kind = kinds.get(line[3:], "")
        cells = re.split(r"(?<!\\)\|", line)
        if kind and len(cells) == 5 and cells[1].strip() not in {"estimator", "---"}:
            name, word, remark = (cell.strip() for cell in cells[1:4])
            found[kind, name] = (word, remark)
    return found


def remark(outcome: Outcome) -> str:
    """What is said beside a word, in one cell."""
    told = re.sub(r"\w+ has no exact ONNX form: ", "", outcome.reason)
    told = " ".join(told.replace("|", "\\|").split())
    return told[:1].upper() + told[1:]


def _summary(outcomes: Mapping[tuple[str, str], Outcome]) -> str:
    versions = package_versions(_PACKAGES)
    found = ", ".join(f"{name} {versions[name]}" for name in _PACKAGES if name in versions)
    lines = ["## Summary", "", f"With {found}.", ""]
    lines += ["| kind | exact | within tolerance | refused | all |", "|---|---:|---:|---:|---:|"]
    for kind, heading in _HEADINGS.items():
        words = [one.word for (of, _), one in outcomes.items() if of == kind]
        counts = [words.count(word) for word in ("exact", "within tolerance", "refused")]
        if words:
            lines.append(f"| {heading} | {' | '.join(map(str, counts))} | {len(words)} |")
    return "\n".join([*lines, ""])


def _table(heading: str, rows: Mapping[str, Outcome]) -> str:
    lines = [f"## {heading}", "", "| estimator | outcome | remark |", "|---|---|---|"]
    lines += [
        f"| {name} | {one.word} | {remark(one)} |".replace("|  |", "| |")
        for name, one in sorted(rows.items())
    ]
    return "\n".join([*lines, ""])
