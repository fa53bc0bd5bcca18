"""LightGBM's own files: their columns, codes and classes become ours, or the file is refused by name."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest

from tests.engines.foreign import models
from workbench.engines.foreign import boosters
from workbench.errors import ModelUnreadable


def answers(model: lightgbm.LGBMClassifier) -> np.ndarray:
    frame = models.FRAME.rename(columns={"거리(km)": "거리 km"}).astype({"carrier": "category"})
    return model.predict_proba(frame)[:, 1]


def test_a_file_answers_as_the_model_that_was_written():
    model = models.booster()
    opened = boosters.read(models.text_of(model), "model.txt")
    built = models.build(opened, "거리(km)", "seats", "carrier")

    assert opened.features == ("거리_km", "seats", "carrier")
    assert (opened.task, opened.class_count) == ("binary", 2)
    assert np.abs(models.scores(built) - answers(model)).max() < 1e-12


def test_the_categories_have_the_order_of_their_codes():
    frame = models.FRAME.astype({"carrier": "category"}).drop(columns="거리(km)")
    frame["carrier"] = frame["carrier"].cat.reorder_categories(["UA", "DL", "AA"])
    model = lightgbm.LGBMClassifier(n_estimators=5, verbose=-1).fit(frame, models.TARGET)
    built = models.build(boosters.read(models.text_of(model), "m.txt"), "seats", "carrier")

    assert built.signature.inputs[1].categories == ("UA", "DL", "AA")
    assert np.abs(models.scores(built) - model.predict_proba(frame)[:, 1]).max() < 1e-12


def test_columns_of_an_array_have_no_names():
    model = lightgbm.LGBMRegressor(n_estimators=3, verbose=-1)
    model.fit(models.NUMBERS.to_numpy(), models.VALUES)
    opened = boosters.read(models.text_of(model), "model.txt")

    assert (opened.features, opened.count, opened.task) == ((), 2, "regression")
    assert np.allclose(
        models.scores(models.build(opened, "거리(km)", "seats")),
        model.predict(models.NUMBERS.to_numpy()),
    )


def test_whole_numbers_that_are_codes_stay_numbers():
    frame = models.FRAME[["seats"]].assign(code=models.THREE)
    model = lightgbm.LGBMClassifier(n_estimators=3, verbose=-1)
    model.fit(frame, models.TARGET, categorical_feature=["code"])
    opened = boosters.read(models.text_of(model), "model.txt")

    assert (opened.features, opened.count) == (("seats", "code"), 2)


def test_several_classes_are_counted():
    model = lightgbm.LGBMClassifier(n_estimators=2, verbose=-1)
    model.fit(models.NUMBERS.to_numpy(), models.THREE)
    opened = boosters.read(models.text_of(model), "model.txt")

    assert (opened.task, opened.class_count) == ("multiclass", 3)
    assert np.allclose(
        models.scores(models.build(opened, "거리(km)", "seats")),
        model.predict_proba(models.NUMBERS.to_numpy()),
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"hello", "it is no text model of LightGBM"),
        (b"tree\nrubbish", "LightGBM does not take it"),
        (b"tree\n\xff\xfe", "LightGBM does not take it"),
        (b"", "it is no text model of LightGBM"),
    ],
    ids=["no model", "a cut one", "no text", "nothing"],
)
def test_a_file_that_is_no_model_is_refused(content, said):
    with pytest.raises(ModelUnreadable, match=rf"notes\.txt cannot be registered: {said}"):
        boosters.read(content, "notes.txt")


def test_texts_without_codes_are_refused():
    model = lightgbm.LGBMClassifier(n_estimators=2, verbose=-1)
    model.fit(models.NUMBERS.to_numpy(), models.TARGET)
    opened = boosters.read(models.text_of(model), "model.txt")

    with pytest.raises(
        ModelUnreadable, match="it takes numbers for column 'carrier', which holds texts"
    ):
        models.build(opened, "seats", "carrier")
