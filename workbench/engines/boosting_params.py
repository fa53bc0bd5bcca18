"""LightGBM's parameters under one name each, with those that make training repeatable."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import lightgbm

from storage.records import Scalar
from workbench.engines.estimators import unknown_param
from workbench.engines.training_set import TrainingSet
from workbench.errors import TrainingFailed

DEFAULT_ROUNDS = 100
_FIXED: dict[str, Scalar] = {"deterministic": True, "force_row_wise": True, "verbosity": -1}
_OBJECTIVES = {"binary": "binary", "multiclass": "multiclass", "regression": "regression"}
_CLASS_OBJECTIVES = {
    "binary": "binary",
    "cross_entropy": "binary",
    "xentropy": "binary",
    "multiclass": "multiclass",
    "softmax": "multiclass",
    "multiclassova": "multiclass",
    "multiclass_ova": "multiclass",
    "ova": "multiclass",
    "ovr": "multiclass",
}
_REFUSED = {
    "categorical_feature": "Text columns are categories already.",
    "metric": "Set `metric` at the experiment.",
    "num_class": "The classes are those of the target.",
    "verbosity": "Progress is reported after every tree.",
}
_SCIKIT_ONLY = {"class_weight", "importance_type"}
_BOUND = re.compile(r"Check failed: \((\w+)\) ?(\S+) ?\(([^)]+)\)")
_NO_NUMBER = re.compile(r"Unknown token (\S+) in data file")


@dataclass(frozen=True, slots=True, kw_only=True)
class BoostingParams:
    """What LightGBM is told."""

    lightgbm: dict[str, Any]
    """By LightGBM's main names, without the number of trees."""
    rounds: int
    patience: int | None
    """Trees without a gain after which it stops; None: it never stops early."""
    is_balanced: bool
    """Whether all classes weigh the same."""

    @property
    def threads(self) -> int:
        """Threads it trains and predicts with."""
        return int(self.lightgbm["num_threads"])

    def shown(self) -> dict[str, Scalar]:
        """Everything that decides which trees come out, for the record of the run."""
        shown = {name: value for name, value in self.lightgbm.items() if name != "verbosity"}
        shown["num_iterations"] = self.rounds
        if self.patience is not None:
            shown["early_stopping_round"] = self.patience
        if self.is_balanced:
            shown["class_weight"] = "balanced"
        return {name: _scalar(value) for name, value in sorted(shown.items())}


def canonical(params: Mapping[str, Any], rows: TrainingSet, *, seed: int) -> BoostingParams:
    """`params` under LightGBM's main names, completed by what a repeatable fit needs.

    Raises:
        TrainingFailed: A parameter is unknown, set twice, or not the recipe's to set.
    """
    given = _by_main_name({name: value for name, value in params.items() if value is not None})
    is_balanced = _is_balanced(given.pop("class_weight", None), rows)
    given.pop("importance_type", None)
    rounds = given.pop("num_iterations", DEFAULT_ROUNDS)
    patience = given.pop("early_stopping_round", None)
    if not isinstance(rounds, int) or rounds < 1:
        raise TrainingFailed(f"n_estimators is {rounds}; a whole number from 1 is needed.")
    if not isinstance(patience, int | None):
        raise TrainingFailed(f"early_stopping_round is {patience}; a whole number is needed.")
    _check_objective(str(given.get("objective", _OBJECTIVES[rows.task])), rows.task)
    defaults: dict[str, Any] = {"objective": _OBJECTIVES[rows.task], "num_threads": 1, "seed": seed}
    if rows.task == "multiclass":
        defaults["num_class"] = len(rows.signature.classes)
    return BoostingParams(
        lightgbm={**defaults, **given, **_FIXED},
        rounds=rounds,
        patience=patience if patience and patience > 0 else None,
        is_balanced=is_balanced,
    )


def refusal(error: lightgbm.basic.LightGBMError, params: Mapping[str, Any]) -> TrainingFailed:
    """Why LightGBM would not train, in a sentence that names the parameter where one can be told.

    Args:
        error: What LightGBM raised.
        params: What it was told, by main names.

    Raises:
        MemoryError: It could not get the memory it asked for.
    """
    said = str(error).strip()
    if "bad_alloc" in said or "bad allocation" in said:
        raise MemoryError from error
    if bound := _BOUND.search(said):
        name, sign, limit = bound.groups()
        return TrainingFailed(
            f"{name} is {params.get(name, 'left to LightGBM')}; it must be {sign} {limit}.",
            "Look at `params` of the recipe.",
        )
    if token := _NO_NUMBER.search(said):
        named = [name for name, value in params.items() if value == token[1]]
        if named:
            return TrainingFailed(f"{named[0]} is '{token[1]}'; a number is needed.")
    reason = said.splitlines()[0].rstrip(" .") if said else "no reason given"
    return TrainingFailed(
        f"LightGBM refused to train: {reason}.", "Look at `params` of the recipe."
    )


def _by_main_name(params: dict[str, Any]) -> dict[str, Any]:
    main_names = _main_names()
    found: dict[str, Any] = {}
    for name, value in params.items():
        if name not in main_names:
            raise unknown_param("LightGBM", name, main_names)
        main = main_names[name]
        if main in _REFUSED:
            raise TrainingFailed(f"The parameter '{name}' is not the recipe's.", _REFUSED[main])
        if main in found:
            raise TrainingFailed(f"The parameter '{main}' is set twice, once as '{name}'.")
        found[main] = value
    return found


def _main_names() -> dict[str, str]:
    """The main name of every parameter, by each of its names."""
    # LightGBM keeps its table of names in a private place, and nowhere else.
    table = lightgbm.basic._ConfigAliases._get_all_param_aliases()  # noqa: SLF001
    names = {alias: main for main, aliases in table.items() for alias in (main, *aliases)}
    return names | {name: name for name in _SCIKIT_ONLY}


def _is_balanced(class_weight: object, rows: TrainingSet) -> bool:
    if class_weight is None:
        return False
    if class_weight != "balanced" or not rows.is_classification:
        raise TrainingFailed(
            f"class_weight is {class_weight!r}.",
            'Set class_weight = "balanced" in a classification, or leave it out.',
        )
    return True


def _check_objective(objective: str, task: str) -> None:
    is_ranking = objective.startswith(("lambdarank", "rank", "xendcg", "custom", "none"))
    if is_ranking or _CLASS_OBJECTIVES.get(objective, "regression") != task:
        raise TrainingFailed(
            f"The objective '{objective}' does not fit the task {task}.",
            f'Leave it out, or set objective = "{_OBJECTIVES[task]}".',
        )


def _scalar(value: object) -> Scalar:
    return value if isinstance(value, str | int | float | bool) else str(value)
