from __future__ import annotations

import pytest
from lightgbm.basic import LightGBMError

from tests.engines.synthetic import LIGHTGBM, fit
from workbench.engines.boosting_params import refusal
from workbench.errors import TrainingFailed

RECIPES = """
from lightgbm import LGBMClassifier
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def numbers_and_origin(C=1.0):
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["origin"]),
        (make_pipeline(SimpleImputer(), StandardScaler()), ["nan", "x"]),
    )
    return make_pipeline(columns, LogisticRegression(C=C))


def forest(seed):
    return RandomForestClassifier(n_estimators=3, random_state=seed)


def boosted(num_leaves=4):
    return LGBMClassifier(num_leaves=num_leaves, n_estimators=3)


def text():
    return "no estimator"


def broken():
    raise KeyError("column")
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "recipes.py").write_text(RECIPES)
    return tmp_path


@pytest.mark.parametrize("name", ["numbers_and_origin", "forest", "boosted"])
def test_a_recipe_function_gives_the_estimator(project, name):
    fitted = fit("binary", f"recipes:{name}", project_dir=project)

    assert len(fitted.test_scores) == 400


def test_params_reach_the_recipe_function(project):
    fitted = fit("binary", "recipes:numbers_and_origin", {"C": 0.5}, project_dir=project)

    assert fitted.model.pipeline[-1].C == 0.5
    assert fitted.params["C"] == 0.5


def test_the_seed_reaches_a_recipe_function_that_asks_for_it(project):
    fitted = fit("binary", "recipes:forest", project_dir=project)

    assert fitted.model.pipeline[-1].random_state == 7


def test_a_recipe_that_returns_lightgbm_is_trained_natively(project):
    fitted = fit("binary", "recipes:boosted", project_dir=project)

    assert (fitted.params["num_leaves"], fitted.params["num_iterations"]) == (4, 3)


def test_a_changed_recipe_is_read_again(project):
    first = fit("binary", "recipes:boosted", project_dir=project)
    (project / "recipes.py").write_text(RECIPES.replace("num_leaves=4", "num_leaves=9"))
    second = fit("binary", "recipes:boosted", project_dir=project)

    assert (first.params["num_leaves"], second.params["num_leaves"]) == (4, 9)


@pytest.mark.parametrize(
    ("model", "params", "problem", "remedy"),
    [
        ("lightgbm.LGBMClasifier", {}, "no 'LGBMClasifier' in lightgbm", "lightgbm.LGBMClassifier"),
        ("nowhere.Model", {}, "'nowhere.Model' cannot be imported", "import path"),
        ("json.dumps", {}, "not an estimator", "import path"),
        (LIGHTGBM["regression"], {}, "no classifier, and the task is binary", "LGBMClassifier"),
        ("sklearn.linear_model.LogisticRegression", {"Cs": 1}, "no parameter 'Cs'", "'C'"),
        (LIGHTGBM["binary"], {"n_estimator": 5}, "no parameter 'n_estimator'", "n_estimators"),
        (LIGHTGBM["binary"], {"n_estimators": 0}, "n_estimators is 0", ""),
        (LIGHTGBM["binary"], {"num_trees": 5, "n_estimators": 5}, "set twice", ""),
        (LIGHTGBM["binary"], {"metric": "auc"}, "not the recipe's", "at the experiment"),
        (LIGHTGBM["binary"], {"objective": "poisson"}, "does not fit the task", "binary"),
        (LIGHTGBM["binary"], {"class_weight": "odd"}, "class_weight is 'odd'", "balanced"),
        (LIGHTGBM["binary"], {"num_leaves": 1}, "num_leaves is 1; it must be > 1.", "params"),
        (LIGHTGBM["binary"], {"eta": "abc"}, "learning_rate is 'abc'; a number is needed.", ""),
        (LIGHTGBM["binary"], {"max_depth": "x"}, "max_depth should be of type int", "params"),
        (LIGHTGBM["binary"], {"early_stopping_round": "x"}, "early_stopping_round is x", ""),
        ("sklearn.linear_model.LogisticRegression", {"C": -1}, "could not be fitted", "params"),
        ("sklearn.svm.LinearSVC", {}, "gives no probabilities", "CalibratedClassifierCV"),
        ("recipes:missing", {}, "no function 'missing'", "numbers_and_origin"),
        ("recipes:text", {}, "returned str", "Pipeline"),
        ("recipes:broken", {}, "recipes:broken raised KeyError", "recipes.py"),
        ("recipes:forest", {"depth": 1}, "no parameter 'depth'", "seed"),
    ],
)
def test_a_recipe_that_cannot_be_used_says_why(project, model, params, problem, remedy):
    with pytest.raises(TrainingFailed) as caught:
        fit("binary", model, params, project_dir=project)

    assert problem in caught.value.problem
    assert remedy in caught.value.remedy


def test_a_recipes_file_with_a_mistake_says_which(project):
    (project / "recipes.py").write_text("import nowhere_at_all")

    with pytest.raises(TrainingFailed, match="ModuleNotFoundError: No module named 'nowhere_at"):
        fit("binary", "recipes:forest", project_dir=project)


def test_a_project_without_recipes_says_where_to_write_them(tmp_path):
    with pytest.raises(TrainingFailed, match=r"no recipes\.py"):
        fit("binary", "recipes:forest", project_dir=tmp_path)


GREEDY = """
from sklearn.base import BaseEstimator, ClassifierMixin
class Greedy(ClassifierMixin, BaseEstimator):
    def fit(self, features, target):
        raise MemoryError
    def predict_proba(self, features):
        return None
def at_once():
    raise MemoryError
def while_fitting():
    return Greedy()
"""


@pytest.mark.parametrize("function", ["at_once", "while_fitting"])
def test_memory_that_runs_out_is_not_taken_for_a_mistake_of_the_recipe(tmp_path, function):
    (tmp_path / "recipes.py").write_text(GREEDY)

    with pytest.raises(MemoryError):
        fit("binary", f"recipes:{function}", project_dir=tmp_path)


def test_memory_that_lightgbm_does_not_get_has_run_out():
    with pytest.raises(MemoryError):
        refusal(LightGBMError("std::bad_alloc"), {})
