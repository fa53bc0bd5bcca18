from __future__ import annotations

from dataclasses import replace

import lightgbm
import numpy as np
import onnxruntime as ort
import pytest

from storage.records import InputType
from tests.engines.export import booster_hunt, booster_texts
from tests.engines.export.booster_texts import Question
from tests.engines.export.lightgbm_zoo import VARIANTS
from tests.engines.synthetic import LIGHTGBM, fit, rows
from workbench.engines import parity_check
from workbench.engines.export import exporting
from workbench.engines.export.boosters import boosters
from workbench.engines.export.boosters.matrices import ZERO
from workbench.engines.native import BoosterModel
from workbench.engines.onnx_session import Session
from workbench.errors import ExportRefused

EXPORTED = [
    one for one in VARIANTS if one.name not in {"linear_tree", "a custom objective of classes"}
]
EDGES = [
    0.0,
    5e-324,
    1e-36,
    1e-35,
    ZERO,
    0.1,
    0.5,
    1.0,
    63.0,
    64.0,
    65.0,
    2000.0,
    1e5,
    1.6e9,
    2.0**24 + 1,
    2.0**31 - 1,
    2.0**31,
    2.0**32,
    2.0**53 + 1,
    1e300,
    float(np.finfo(np.float64).max),
    np.inf,
]
THRESHOLDS = [sign * edge for edge in EDGES for sign in (1.0, -1.0)]
SETS = [
    (),
    (0,),
    (1,),
    (0, 1, 2),
    (1, 3, 5),
    (63, 64, 65),
    (64,),
    (0, 2000),
    (100_000,),
    tuple(range(0, 300, 2)),
]


def hostile():
    """Every edge, the doubles beside it, half above it; and NaN."""
    edges = np.array(THRESHOLDS)
    with np.errstate(over="ignore"):
        beside = [np.nextafter(edges, np.inf), np.nextafter(edges, -np.inf), edges + 0.5]
    return np.concatenate([edges, *beside, [np.nan]])


def loaded(model):
    return Session(boosters.export(model), model.signature)


def proof(task, params):
    fitted = fit(task, LIGHTGBM[task], {"n_estimators": 25, **params})
    session = Session(exporting.export(fitted.model, fitted.signature), fitted.signature)
    real = rows(task, 600, seed=2)
    target_std = float(np.std(real.target)) if task == "regression" else None
    return parity_check.prove(fitted.model, session, real.features, target_std=target_std)


def assert_same_sums(model, asked):
    assert np.array_equal(model.scores(asked), loaded(model).scores(asked), equal_nan=True)


@pytest.mark.parametrize("variant", EXPORTED, ids=lambda one: one.name)
def test_every_variant_answers_exactly_whatever_it_is_asked(variant):
    model, columns, target = variant.trained()
    found = parity_check.prove(model, loaded(model), columns, target_std=float(np.std(target)))

    assert found.flips == 0
    assert found.max_abs_diff < 1e-14


@pytest.mark.parametrize(
    ("task", "params"),
    [
        ("binary", {}),
        ("binary", {"zero_as_missing": True}),
        ("binary", {"use_missing": False}),
        ("binary", {"num_leaves": 200, "min_child_samples": 1, "extra_trees": True}),
        ("binary", {"max_cat_to_onehot": 100, "class_weight": "balanced"}),
        ("multiclass", {}),
        ("regression", {}),
    ],
    ids=str,
)
def test_recipes_of_mixed_columns_answer_exactly(task, params):
    found = proof(task, params)

    assert found.flips == 0
    assert found.max_abs_diff < 1e-14


@pytest.mark.parametrize("seed", range(60))
def test_made_up_models_answer_exactly(seed):
    try:
        found = booster_hunt.hunt(seed)
    except lightgbm.basic.LightGBMError as error:
        pytest.skip(f"LightGBM does not train it: {error}")

    assert found.is_exact, found


@pytest.mark.slow
def test_many_made_up_models_answer_exactly():
    inexact = []
    for seed in range(1000, 2000):
        try:
            found = booster_hunt.hunt(seed)
        except lightgbm.basic.LightGBMError:
            continue
        inexact += [] if found.is_exact else [(seed, found)]

    assert not inexact


@pytest.mark.parametrize("default_left", [True, False], ids=["missing left", "missing right"])
@pytest.mark.parametrize("missing", [booster_texts.NONE, booster_texts.ZERO, booster_texts.NAN])
def test_every_threshold_parts_the_doubles_beside_it(missing, default_left):
    model = booster_texts.asking(
        [Question(threshold=at, missing=missing, default_left=default_left) for at in THRESHOLDS]
    )

    assert_same_sums(model, {"x": hostile()})


@pytest.mark.parametrize("missing", [booster_texts.NONE, booster_texts.ZERO, booster_texts.NAN])
def test_numbers_name_categories_once_they_are_cut_off_after_the_point(missing):
    model = booster_texts.asking(
        [
            Question(members=members, missing=missing, default_left=left)
            for members in SETS
            for left in (True, False)
        ]
    )

    assert_same_sums(model, {"x": hostile()})


def test_a_column_may_be_seen_in_every_way_at_once():
    questions = [
        Question(threshold=0.5, missing=booster_texts.ZERO),
        Question(threshold=0.5, missing=booster_texts.NAN, default_left=True),
        Question(members=(0, 3), missing=booster_texts.NAN),
        Question(threshold=-1.0, missing=booster_texts.ZERO, default_left=True),
        Question(threshold=-1.0),
    ]

    assert_same_sums(booster_texts.asking(questions), {"x": hostile()})


def test_a_forest_divides_by_the_trees_it_asks():
    trees = [booster_texts.chain(depth) for depth in (1, 2, 3)]
    model = booster_texts.model(trees, head="average_output\n")

    assert_same_sums(model, {"x": np.array([-1.0, 0.5, 1.5, 2.5, np.nan])})


@pytest.mark.parametrize("head", ["", "average_output\n"], ids=["sum", "mean"])
def test_a_model_without_trees_answers_as_lightgbm_does(head):
    assert_same_sums(booster_texts.model([], head=head), {"x": np.array([1.0, np.nan])})


def test_a_tie_of_two_classes_is_the_first():
    model = booster_texts.model([], objective="binary sigmoid:1")
    prediction = loaded(model).predict({"x": np.array([1.0])})

    assert prediction.labels == ("no",)
    assert prediction.scores.tolist() == [[0.5, 0.5]]


@pytest.mark.parametrize("raw", [-700.0, -300.0, -40.0, -1e-17, 1e-17, 40.0, 800.0, -800.0])
def test_small_probabilities_keep_their_digits(raw):
    leaf = booster_texts.chain(1).replace("leaf_value=1.0 2.0", f"leaf_value={raw} {raw}")
    model = booster_texts.model([leaf], objective="binary sigmoid:1")
    asked = {"x": np.array([0.0])}

    assert loaded(model).scores(asked) == pytest.approx(model.scores(asked), rel=1e-15, abs=0)


@pytest.mark.parametrize("raw", [-745.0, -300.0, -40.0, -36.7, -1.0, 0.0, 1.0, 40.0, 709.0, 800.0])
def test_small_and_large_intensities_keep_their_digits(raw):
    leaf = booster_texts.chain(1).replace("leaf_value=1.0 2.0", f"leaf_value={raw} {raw}")
    model = booster_texts.model([leaf], objective="cross_entropy_lambda")
    asked = {"x": np.array([0.0])}

    assert loaded(model).scores(asked) == pytest.approx(model.scores(asked), rel=1e-15, abs=0)


def test_a_deep_tree_is_exported():
    model = booster_texts.model([booster_texts.chain(boosters.DEEPEST)])

    assert_same_sums(model, {"x": np.linspace(-1, boosters.DEEPEST + 1, 500)})


def test_a_tree_too_deep_for_the_runtime_is_refused():
    model = booster_texts.model([booster_texts.chain(boosters.DEEPEST + 1)])

    with pytest.raises(ExportRefused, match=f"{boosters.DEEPEST + 1} levels deep"):
        boosters.export(model)


def test_only_the_trees_up_to_the_best_iteration_answer():
    model, columns, _ = EXPORTED[0].trained()
    whole = model.scores(columns)
    model.booster.best_iteration = 4
    best = model.scores(columns)

    assert not np.allclose(whole, best)
    assert loaded(model).scores(columns) == pytest.approx(best, rel=1e-15)


def test_training_may_go_on_with_other_rules_for_missing_values():
    rng = np.random.default_rng(0)
    matrix = np.where(rng.random((300, 2)) < 0.4, 0.0, rng.normal(size=(300, 2)))
    matrix[rng.random((300, 2)) < 0.2] = np.nan
    target = np.nan_to_num(matrix).sum(axis=1) + np.isnan(matrix[:, 0])
    booster = None
    for treatment in ({}, {"zero_as_missing": True}, {"use_missing": False}):
        params = {"objective": "regression", "verbosity": -1, "num_threads": 1, **treatment}
        data = lightgbm.Dataset(matrix, target, params=params)
        booster = lightgbm.train(params, data, 4, init_model=booster)
    signature = replace(
        booster_texts.asking([]).signature,
        inputs=tuple(
            replace(booster_texts.asking([]).signature.inputs[0], name=name, graph_name=name)
            for name in ("a", "b")
        ),
    )
    model = BoosterModel(signature=signature, booster=booster)

    asked = np.append(hostile(), matrix[:, 0])
    assert_same_sums(model, {"a": asked, "b": asked[::-1].copy()})


def test_a_column_may_be_called_like_a_setting_of_a_tree():
    model = booster_texts.model([booster_texts.chain(2)], name="leaf_value")

    assert_same_sums(model, {"leaf_value": np.array([0.0, 1.0, 2.0])})


def many_trees():
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(500, 3))
    params = {"objective": "regression", "verbosity": -1, "num_leaves": 8, "num_threads": 1}
    booster = lightgbm.train(params, lightgbm.Dataset(matrix, matrix.sum(axis=1)), 300)
    one = booster_texts.asking([]).signature
    inputs = tuple(replace(one.inputs[0], name=name, graph_name=name) for name in "abc")
    model = BoosterModel(signature=replace(one, inputs=inputs), booster=booster)
    return model, dict(zip("abc", matrix.T.copy(), strict=True))


def test_sums_in_one_thread_do_not_depend_on_the_rows_beside():
    model, columns = many_trees()
    session = loaded(model)
    alone = [
        session.scores({name: one[at : at + 1] for name, one in columns.items()})[0]
        for at in range(100)
    ]

    assert alone == session.scores(columns)[:100].tolist() == model.scores(columns)[:100].tolist()


def test_threads_of_onnxruntime_change_the_last_digits_only():
    model, columns = many_trees()
    options = ort.SessionOptions()
    options.intra_op_num_threads = 2
    bare = ort.InferenceSession(boosters.export(model), options)
    feeds = {name: values.reshape(-1, 1) for name, values in columns.items()}

    (values,) = bare.run(["value"], feeds)
    assert values[:, 0] == pytest.approx(model.scores(columns), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "problem"),
    [("linear_tree", "linear_tree"), ("a custom objective of classes", "no probabilities")],
)
def test_what_has_no_exact_form_is_refused_by_name(name, problem):
    (variant,) = (one for one in VARIANTS if one.name == name)
    model, _, _ = variant.trained()

    with pytest.raises(ExportRefused, match=problem):
        boosters.export(model)


def test_an_unknown_objective_is_refused_by_name():
    model = booster_texts.asking([Question()])
    stranger = replace(model, booster=_Renamed("regression", "brier", model.booster))

    with pytest.raises(ExportRefused, match="'brier' has no exact ONNX form"):
        boosters.export(stranger)


class _Renamed:
    """A booster with another word in its text: one of a LightGBM that is yet to come."""

    def __init__(self, word, other, booster):
        self._text = booster.model_to_string().replace(f"objective={word}", f"objective={other}")

    def model_to_string(self):
        return self._text


def test_several_scores_a_row_are_no_regression():
    (variant,) = (one for one in VARIANTS if one.name == "multiclass")
    model, _, _ = variant.trained()
    taken_for = replace(model, signature=replace(model.signature, task="regression", classes=()))

    with pytest.raises(ExportRefused, match="give 3 scores a row"):
        boosters.export(taken_for)


def test_texts_cannot_be_split_by_a_threshold():
    model = booster_texts.asking([Question(threshold=1.0)])
    column = replace(model.signature.inputs[0], type=InputType.STRING, categories=("a", "b"))
    of_texts = replace(model, signature=replace(model.signature, inputs=(column,)))

    with pytest.raises(ExportRefused, match="holds texts"):
        boosters.export(of_texts)


def test_a_split_that_divides_nan_from_numbers_sends_infinity_with_the_numbers():
    rng = np.random.default_rng(0)
    holes = np.where(rng.random(500) < 0.3, np.nan, rng.normal(size=500))
    train = replace(rows("binary", 500), features={"x": holes}, target=np.isnan(holes))
    fitted = fit("binary", LIGHTGBM["binary"], {"n_estimators": 3}, train=train, test=train)

    asked = {"x": np.array([np.inf, 1e305, -np.inf, np.nan])}
    assert np.inf in boosters.thresholds(fitted.model)["x"]
    assert loaded(fitted.model).scores(asked) == pytest.approx(
        fitted.model.scores(asked), abs=1e-14
    )


def test_thresholds_are_values_of_number_columns():
    fitted = fit("binary", LIGHTGBM["binary"])

    found = boosters.thresholds(fitted.model)
    assert "nan" in found
    assert not {"origin", "carrier: code"} & set(found)


def test_categories_of_number_columns_are_thresholds():
    model = booster_texts.asking([Question(members=(0, 7)), Question(threshold=2.5)])

    assert boosters.thresholds(model)["x"].tolist() == [0.0, 2.5, 7.0]
