"""From a recipe to an estimator: imported, given its parameters, and checked against the task."""

from __future__ import annotations

import difflib
import hashlib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from lightgbm import LGBMClassifier, LGBMModel, LGBMRegressor
from sklearn.base import BaseEstimator, is_classifier, is_regressor

from storage.records import Scalar
from workbench.config import RecipeConfig
from workbench.errors import TrainingFailed

RECIPES_FILE = "recipes.py"


def resolve(
    recipe: RecipeConfig, *, task: str, seed: int, project_dir: Path | None
) -> BaseEstimator:
    """The unfitted estimator that `recipe` names, with its parameters and the seed.

    Args:
        recipe: An import path, or `recipes:function` in the project's recipes.py.
        task: What the estimator must be able to do.
        seed: Becomes every `random_state` the recipe leaves open.
        project_dir: The project's folder; None: recipes of a project cannot be used.

    Raises:
        TrainingFailed: The recipe cannot be imported, called or used for the task.
    """
    if ":" in recipe.model:
        estimator = _from_project(recipe, seed=seed, project_dir=project_dir)
    else:
        estimator = _from_path(recipe)
    _check_task(recipe.model, estimator, task)
    _seed(estimator, seed)
    return estimator


def recipe_file(project_dir: Path) -> Path:
    """Where the recipes of a project stand."""
    return project_dir / RECIPES_FILE


def unknown_param(model: str, name: str, known: Iterable[str]) -> TrainingFailed:
    """Says that `model` has no parameter `name`, and which one is nearest."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"Did you mean '{near[0]}'?" if near else f"It has: {', '.join(names[:20])}."
    return TrainingFailed(f"{model} has no parameter '{name}'.", hint)


def first_line(error: BaseException) -> str:
    """What an error of other people's code says, in one line."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0].rstrip('.') if lines else 'no reason given'}"


def _from_path(recipe: RecipeConfig) -> BaseEstimator:
    estimator_class = _imported_class(recipe.model)
    known = set(inspect.signature(estimator_class.__init__).parameters) - {"self", "kwargs"}
    # LightGBM takes any name here and is checked against its own list of parameters later.
    if not issubclass(estimator_class, LGBMModel):
        for name in recipe.params:
            if name not in known:
                raise unknown_param(recipe.model, name, known)
    return _called(recipe.model, estimator_class, dict(recipe.params))


def _imported_class(path: str) -> type[BaseEstimator]:
    module_name, _, name = path.rpartition(".")
    remedy = (
        "Give an import path such as lightgbm.LGBMClassifier or "
        "sklearn.linear_model.LogisticRegression, or recipes:FUNCTION."
    )
    try:
        module = importlib.import_module(module_name or path)
    except ImportError as error:
        raise TrainingFailed(f"The model '{path}' cannot be imported: {error}.", remedy) from error
    found = getattr(module, name, None)
    if found is None:
        near = difflib.get_close_matches(name, dir(module), n=1)
        hint = f"Did you mean {module_name}.{near[0]}?" if near else remedy
        raise TrainingFailed(f"There is no '{name}' in {module_name}.", hint)
    if not (inspect.isclass(found) and issubclass(found, BaseEstimator)):
        raise TrainingFailed(f"'{path}' is not an estimator of scikit-learn's kind.", remedy)
    return found


def _from_project(recipe: RecipeConfig, *, seed: int, project_dir: Path | None) -> BaseEstimator:
    function_name = recipe.model.partition(":")[2]
    if project_dir is None:
        raise TrainingFailed(f"The recipe '{recipe.model}' needs a project folder to be found in.")
    module = _recipes_module(recipe_file(project_dir))
    function = getattr(module, function_name, None)
    if not callable(function):
        known = [name for name, one in vars(module).items() if inspect.isfunction(one)]
        raise TrainingFailed(
            f"{RECIPES_FILE} has no function '{function_name}'.",
            f"It has: {', '.join(known)}." if known else "It has no functions.",
        )
    params: dict[str, Scalar] = dict(recipe.params)
    taken = inspect.signature(function).parameters
    for name in params:
        if name not in taken and not _takes_any(taken.values()):
            raise unknown_param(recipe.model, name, taken)
    if "seed" in taken:
        params.setdefault("seed", seed)
    estimator = _returned(recipe.model, function, params)
    if not isinstance(estimator, BaseEstimator):
        raise TrainingFailed(
            f"{recipe.model} returned {type(estimator).__name__}, not an estimator.",
            "Return an unfitted scikit-learn estimator or Pipeline.",
        )
    return estimator


def _recipes_module(path: Path) -> ModuleType:
    """The module at `path`, imported anew under a name that its content decides."""
    if not path.is_file():
        raise TrainingFailed(
            f"There is no {RECIPES_FILE} in {path.parent}.",
            "Write it there, or name an import path as the model.",
        )
    name = f"workbench_recipes_{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Classes defined there are found again by their module's name while it runs.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except MemoryError:
        del sys.modules[name]
        raise
    except Exception as error:  # the recipe is the user's code and may raise anything
        del sys.modules[name]
        raise TrainingFailed(
            f"{RECIPES_FILE} cannot be imported: {first_line(error)}.",
            f"Try it with `python {path.name}`.",
        ) from error
    return module


def _returned(model: str, function: Callable[..., Any], params: dict[str, Scalar]) -> object:
    """What a recipe function returns."""
    try:
        return function(**params)
    except MemoryError:
        raise
    except Exception as error:  # the recipe is the user's code and may raise anything
        raise TrainingFailed(
            f"{model} raised {first_line(error)}.",
            f"Look at it in {RECIPES_FILE}; the job's log shows the line.",
        ) from error


def _called(model: str, make: Callable[..., Any], params: dict[str, Scalar]) -> BaseEstimator:
    try:
        return make(**params)
    except MemoryError:
        raise
    except Exception as error:  # an estimator may raise anything
        raise TrainingFailed(
            f"{model} cannot be made from its params: {first_line(error)}.",
            "Look at `params` of the recipe in workbench.toml.",
        ) from error


def _takes_any(parameters: Iterable[inspect.Parameter]) -> bool:
    return any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters)


def _check_task(model: str, estimator: BaseEstimator, task: str) -> None:
    if task == "regression":
        if not is_regressor(estimator):
            raise TrainingFailed(
                f"{model} is no regressor, and the task is regression.",
                f"Try lightgbm.{LGBMRegressor.__name__}, or set another task.",
            )
        return
    if not is_classifier(estimator):
        raise TrainingFailed(
            f"{model} is no classifier, and the task is {task}.",
            f"Try lightgbm.{LGBMClassifier.__name__}, or set another task.",
        )
    if not hasattr(estimator, "predict_proba"):
        raise TrainingFailed(
            f"{model} gives no probabilities (it has no predict_proba).",
            "Choose one that does, or wrap it in CalibratedClassifierCV in recipes.py.",
        )


def _seed(estimator: BaseEstimator, seed: int) -> None:
    open_states = {
        name: seed
        for name, value in estimator.get_params(deep=True).items()
        if name.rpartition("__")[2] == "random_state" and value is None
    }
    estimator.set_params(**open_states)
