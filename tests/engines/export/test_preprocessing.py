from __future__ import annotations

import numpy as np
import pytest
from scipy import special
from sklearn import preprocessing as pre
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, make_column_selector, make_column_transformer
from sklearn.cross_decomposition import CCA, PLSCanonical, PLSRegression
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.impute import IterativeImputer, MissingIndicator, SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union

from tests.engines.export import zoo_rows
from tests.engines.export.zoo_proofs import proved, quietly, transformed
from workbench.engines.export import exporting
from workbench.engines.export.transformers import refusing
from workbench.engines.native import PipelineModel, frame


def outcome(step, columns, target=None):
    """What became of a transformer that is fitted on `columns`."""
    signature, rows = zoo_rows.typed_rows("regression", columns)
    with quietly():
        return transformed(step.fit(frame(rows), target), signature, rows)


ONE_HOT = pre.OneHotEncoder(handle_unknown="ignore")
NUMBERS = ["few", "stops", "late"]
TEXTS = ["carrier: code", "origin"]


@pytest.mark.parametrize(
    "encoder",
    [
        pre.OneHotEncoder(),
        pre.OneHotEncoder(handle_unknown="ignore", drop="if_binary"),
        pre.OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=3),
        pre.OneHotEncoder(handle_unknown="ignore", drop=["k1", "JFK", 0.5, 2, 0]),
        pre.OneHotEncoder(handle_unknown="warn", min_frequency=0.1),
        pre.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan),
        pre.OrdinalEncoder(encoded_missing_value=-5, max_categories=4),
        pre.OrdinalEncoder(dtype=np.float32),
    ],
    ids=str,
)
def test_encoders_know_texts_numbers_and_what_is_missing(encoder):
    assert outcome(encoder, zoo_rows.mixed()).difference == 0


def test_a_graph_grows_with_the_categories_and_not_with_their_square():
    columns = {"s": np.array([f"category {at}" for at in range(1000)] * 2, object)}
    signature, rows = zoo_rows.typed_rows("binary", columns)
    target = np.arange(2000) % 2
    pipeline = make_pipeline(ONE_HOT, LogisticRegression()).fit(frame(rows), target)
    model = PipelineModel(signature=signature, pipeline=pipeline, is_built_in=False)

    assert len(exporting.export(model, signature)) < 100_000


@pytest.mark.parametrize("classes", [2, 3])
def test_target_encoders_give_a_column_for_each_class(classes):
    columns = zoo_rows.mixed()
    target = zoo_rows.target("binary" if classes == 2 else "multiclass", columns)

    assert outcome(pre.TargetEncoder(random_state=0), columns, target).difference == 0


def test_categories_of_numbers_may_be_negative_fractions_and_endless():
    columns = {"x": np.array([-1.5, -0.0, 2**53, np.inf, 1e-300, np.nan] * 4)}
    signature, rows = zoo_rows.typed_rows("regression", columns)
    encoder = pre.OneHotEncoder(
        categories=[[-1.5, 0.0, 1e-300, 2.0**53, np.nan]], handle_unknown="ignore"
    )

    finite = {"x": rows["x"][~np.isinf(rows["x"])]}
    with quietly():
        assert transformed(encoder.fit(frame(finite)), signature, finite).difference == 0


@pytest.mark.parametrize(
    "imputer",
    [
        SimpleImputer(missing_values="", strategy="most_frequent"),
        SimpleImputer(missing_values="", strategy="constant", fill_value="nobody"),
        SimpleImputer(missing_values="", strategy="constant", fill_value="?", add_indicator=True),
        SimpleImputer(strategy="most_frequent"),
    ],
    ids=str,
)
def test_missing_texts_are_imputed_before_they_are_encoded(imputer):
    ordinal = pre.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)

    assert outcome(make_pipeline(imputer, ordinal), zoo_rows.texts()).difference == 0


def test_columns_without_a_value_are_left_out_or_kept_as_the_imputer_was_told():
    columns = {**zoo_rows.holes(), "none": np.full(zoo_rows.ROWS, np.nan)}

    for is_kept in (True, False):
        imputer = SimpleImputer(keep_empty_features=is_kept, add_indicator=True)
        assert outcome(imputer, columns).word == "exact"


@pytest.mark.parametrize("imputer", [SimpleImputer(), IterativeImputer(max_iter=2)], ids=str)
def test_an_indicator_of_nothing_adds_nothing(imputer):
    columns = zoo_rows.numbers()
    imputer.set_params(add_indicator=True)

    assert outcome(imputer, columns).word == "exact"


def test_a_text_that_is_put_among_numbers_is_refused():
    imputer = SimpleImputer(strategy="constant", fill_value="none")
    columns = {**zoo_rows.texts(), "n": np.arange(zoo_rows.ROWS) % 5.0}

    assert "among numbers" in outcome(make_pipeline(imputer, ONE_HOT), columns).reason


def test_missing_values_may_be_any_number():
    columns = {"a": np.array([1.0, -999, 3, 4] * 5), "b": np.array([5.0, 6, 7, -999] * 5)}
    imputer = SimpleImputer(missing_values=-999, strategy="mean", add_indicator=True)

    assert outcome(imputer, columns).word == "exact"
    assert outcome(MissingIndicator(missing_values=-999), columns).word == "exact"


@pytest.mark.parametrize(
    "chosen",
    [
        TEXTS,
        [0, 1],
        slice(0, 2),
        slice("carrier: code", "origin"),
        [True, True, False, False, False],
        np.array([0, 1]),
        make_column_selector(dtype_include=object),
        lambda frame: list(frame.columns[:2]),
    ],
    ids=["names", "places", "slice", "slice of names", "mask", "array", "selector", "function"],
)
def test_columns_may_be_named_in_every_way_there_is(chosen):
    columns = ColumnTransformer([("texts", ONE_HOT, chosen)], remainder=SimpleImputer())

    assert outcome(columns, zoo_rows.mixed()).word == "exact"


@pytest.mark.parametrize(
    "step",
    [
        make_column_transformer((ONE_HOT, TEXTS), remainder="drop"),
        make_column_transformer(("drop", TEXTS), remainder="passthrough"),
        make_pipeline(
            make_column_transformer(("passthrough", TEXTS), (SimpleImputer(), NUMBERS)), ONE_HOT
        ),
        make_pipeline(
            make_column_transformer(
                (SimpleImputer(add_indicator=True), ["few"]), ("passthrough", TEXTS)
            ),
            make_column_transformer((ONE_HOT, [2, 3]), remainder=pre.StandardScaler()),
        ),
        make_union(
            ONE_HOT, pre.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
        ),
        make_pipeline("passthrough", None, ONE_HOT),
        FrozenEstimator(
            clone(ONE_HOT).fit(frame(zoo_rows.typed_rows("binary", zoo_rows.mixed())[1]))
        ),
    ],
    ids=[
        "texts only",
        "numbers only",
        "texts first",
        "one behind another",
        "union",
        "nothing",
        "frozen",
    ],
)
def test_raw_columns_of_all_types_go_through_steps_of_steps(step):
    assert outcome(step, zoo_rows.mixed()).word == "exact"


@pytest.mark.parametrize("kind", ["texts", "mixed"])
def test_a_pipeline_needs_no_column_transformer_for_texts(kind):
    columns = zoo_rows.KINDS[kind]()
    signature, rows = zoo_rows.typed_rows("binary", columns)
    target = zoo_rows.target("binary", columns)
    pipeline = make_pipeline(ONE_HOT, LogisticRegression()).fit(frame(rows), target)

    found = proved(
        PipelineModel(signature=signature, pipeline=pipeline, is_built_in=False), rows, target
    )
    assert found.word == "exact"
    assert found.answered > 100


FUNCTIONS = {
    "log": np.log,
    "log1p": np.log1p,
    "log2": np.log2,
    "log10": np.log10,
    "sqrt": np.sqrt,
    "cbrt": np.cbrt,
    "square": np.square,
    "reciprocal": np.reciprocal,
    "exp": np.exp,
    "exp2": np.exp2,
    "expm1": np.expm1,
    "abs": np.abs,
    "sign": np.sign,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "tanh": np.tanh,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "radians": np.radians,
    "floor": np.floor,
    "ceil": np.ceil,
    "rint": np.rint,
    "trunc": np.trunc,
    "isnan": np.isnan,
    "isfinite": np.isfinite,
    "expit": special.expit,
    "logit": special.logit,
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_numpy_are_known_by_what_they_are(name):
    step = pre.FunctionTransformer(FUNCTIONS[name])

    assert outcome(step, zoo_rows.holes()).difference < 1e-13


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (np.clip, {"a_min": 0.0, "a_max": 1.5}),
        (np.clip, {"a_min": None, "a_max": 1}),
        (np.clip, {"min": -1, "max": 1}),
        (np.nan_to_num, {"nan": -7.0, "posinf": 9.0}),
        (np.round, {"decimals": 1}),
        (np.round, {"decimals": -1}),
    ],
    ids=lambda one: getattr(one, "__name__", str(one)),
)
def test_functions_take_their_own_arguments(function, arguments):
    step = pre.FunctionTransformer(function, kw_args=arguments)

    assert outcome(step, zoo_rows.holes()).word == "exact"


def _squared_by_hand(values):
    return values**2


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (pre.FunctionTransformer(_squared_by_hand), "_squared_by_hand"),
        (pre.FunctionTransformer(np.round, kw_args={"out": None}), "round with out"),
        (ColumnTransformer([("words", CountVectorizer(), "origin")]), "regular expression"),
        (ColumnTransformer([("words", TfidfVectorizer(), "origin")]), "regular expression"),
    ],
    ids=["own function", "argument", "counts", "tf-idf"],
)
def test_what_has_no_exact_form_is_refused_by_name_and_reason(step, reason):
    columns = zoo_rows.holes() if isinstance(step, pre.FunctionTransformer) else zoo_rows.texts()
    found = outcome(step, columns)

    assert found.word == "refused"
    assert reason in found.reason


@pytest.mark.parametrize(
    "step",
    [
        LinearDiscriminantAnalysis(),
        LinearDiscriminantAnalysis(solver="eigen"),
        PLSRegression(2),
        PLSCanonical(1),
        CCA(1),
    ],
    ids=str,
)
def test_estimators_that_predict_may_transform_too(step):
    columns = zoo_rows.numbers()

    assert outcome(step, columns, zoo_rows.target("binary", columns)).word == "exact"


@pytest.mark.parametrize("kind", refusing.REASONS, ids=lambda kind: kind.__name__)
def test_every_refusal_has_a_reason_of_one_sentence(kind):
    assert not refusing.REASONS[kind].endswith(".")


def test_numbers_at_the_edges_of_bins_fall_where_they_fell_in_training():
    columns = {"whole": np.arange(40) % 7, "half": np.arange(40) / 2}
    bins = pre.KBinsDiscretizer(5, encode="ordinal", strategy="uniform")

    assert outcome(bins, columns).difference == 0


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
@pytest.mark.parametrize("extrapolation", ["constant", "linear", "continue", "periodic", "error"])
def test_splines_on_knots_that_repeat_are_those_of_scikit_learn(degree, extrapolation):
    columns = {"stops": np.arange(60) % 5, "late": np.arange(60) % 3 == 0}
    knots = "uniform" if extrapolation == "periodic" else "quantile"
    step = pre.SplineTransformer(degree=degree, extrapolation=extrapolation, knots=knots)

    assert outcome(step, columns).difference < 1e-12


@pytest.mark.parametrize("method", ["yeo-johnson", "box-cox"])
def test_powers_near_0_and_2_keep_their_digits(method):
    columns = {"a": np.exp(np.linspace(-2, 2, 50)), "b": np.linspace(0.5, 4, 50)}
    signature, rows = zoo_rows.typed_rows("regression", columns)
    step = pre.PowerTransformer(method).fit(frame(rows))
    for power in (0.0, 1e-9, 2.0, 2 - 1e-9):
        step.lambdas_ = np.array([power, power])
        with quietly():
            assert transformed(step, signature, rows).difference < 1e-13
