"""LightGBM models written by hand: trees with whatever splits a test wants to ask about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import lightgbm
import numpy as np

from storage.records import InputColumn, InputType, Signature
from workbench.engines.native import BoosterModel

NONE, ZERO, NAN = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A tree of one split over column 0."""

    threshold: float = 0.0
    members: tuple[int, ...] | None = None
    """Categories that go left; None for a split by threshold."""
    missing: int = NONE
    default_left: bool = False


def asking(questions: Sequence[Question], *, objective: str = "regression") -> BoosterModel:
    """A model whose sum says which of up to 50 `questions` a value answers with left: a bit for each."""
    assert len(questions) <= 50
    trees = [
        _tree([one], lefts=[-1], rights=[-2], leaves=[2.0**at, 0.0])
        for at, one in enumerate(questions)
    ]
    return model(trees, objective=objective)


def chain(depth: int) -> str:
    """A tree that is a line: each split but the last has one leaf."""
    questions = [Question(threshold=float(at)) for at in range(depth)]
    rights = [*range(1, depth), ~depth]
    leaves = [1.0 + at for at in range(depth + 1)]
    return _tree(questions, lefts=[~at for at in range(depth)], rights=rights, leaves=leaves)


def model(
    trees: Sequence[str], *, objective: str = "regression", name: str = "x", head: str = ""
) -> BoosterModel:
    """A model of those trees over one column of numbers."""
    text = _text(trees, objective=objective, name=name, head=head)
    column = InputColumn(
        name=name,
        graph_name="x",
        type=InputType.NUMBER,
        nullable=True,
        minimum=None,
        maximum=None,
        categories=(),
    )
    task = "binary" if objective.startswith("binary") else "regression"
    classes = ("no", "yes") if task == "binary" else ()
    signature = Signature(task=task, inputs=(column,), classes=classes)
    return BoosterModel(signature=signature, booster=lightgbm.Booster(model_str=text))


def _text(trees: Sequence[str], *, objective: str, name: str, head: str) -> str:
    numbered = [f"Tree={at}\n{tree}\n\n" for at, tree in enumerate(trees)]
    sizes = " ".join(str(len(one)) for one in numbered)
    return (
        "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=0\n"
        + (f"objective={objective}\n" if objective else "")
        + head
        + f"feature_names={name}\nfeature_infos=[-1:1]\ntree_sizes={sizes}\n\n"
        + "".join(numbered)
        + f"end of trees\n\nfeature_importances:\n{name}=1\n\nparameters:\nend of parameters\n"
    )


def _tree(
    questions: Sequence[Question],
    *,
    lefts: Sequence[int],
    rights: Sequence[int],
    leaves: Sequence[float],
) -> str:
    sets = [one.members for one in questions if one.members is not None]
    words = [_words(members) for members in sets]
    bounds = np.cumsum([0, *map(len, words)])
    places = iter(range(len(sets)))
    lines = {
        "num_leaves": [len(leaves)],
        "num_cat": [len(sets)],
        "split_feature": [0] * len(questions),
        "split_gain": [1] * len(questions),
        "threshold": [
            next(places) if one.members is not None else repr(float(one.threshold))
            for one in questions
        ],
        "decision_type": [
            int(one.members is not None) + 2 * one.default_left + 4 * one.missing
            for one in questions
        ],
        "left_child": lefts,
        "right_child": rights,
        "leaf_value": [repr(float(leaf)) for leaf in leaves],
        "leaf_weight": [1] * len(leaves),
        "leaf_count": [1] * len(leaves),
        "internal_value": [0] * len(questions),
        "internal_weight": [1] * len(questions),
        "internal_count": [2] * len(questions),
    }
    if sets:
        lines["cat_boundaries"] = bounds.tolist()
        lines["cat_threshold"] = [word for of_set in words for word in of_set]
    lines |= {"is_linear": [0], "shrinkage": [1]}
    return "\n".join(f"{key}={' '.join(map(str, values))}" for key, values in lines.items())


def _words(members: Sequence[int]) -> list[int]:
    words = [0] * (max(members, default=0) // 32 + 1)
    for member in members:
        words[member // 32] |= 1 << member % 32
    return words
