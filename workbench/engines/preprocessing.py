"""The preprocessing an estimator gets when its recipe brings none."""

from __future__ import annotations

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from storage.records import InputType, Signature

RARE = 10
"""A text seen in fewer training rows shares one output with all other rare and unknown ones."""


def built_in(
    signature: Signature, *, is_sparse: bool, is_ordinal: bool = False
) -> ColumnTransformer:
    """Texts as numbers, and numbers imputed by their median and standardised.

    Args:
        signature: The columns there are.
        is_sparse: Whether the estimator behind it takes sparse matrices.
        is_ordinal: Whether a text becomes its place in the alphabet, an unknown one -1, which trees can
            cut; otherwise one-hot.
    """
    is_text = {column.name: column.type is InputType.STRING for column in signature.inputs}
    texts = [name for name, text in is_text.items() if text]
    numbers = [name for name, text in is_text.items() if not text]
    encoder: OneHotEncoder | OrdinalEncoder = (
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, dtype=np.float64)
        if is_ordinal
        else OneHotEncoder(
            handle_unknown="infrequent_if_exist",
            min_frequency=RARE,
            sparse_output=is_sparse,
            dtype=np.float64,
        )
    )
    scaled = Pipeline([("impute", SimpleImputer(strategy="median")), ("scale", StandardScaler())])
    steps = [("texts", encoder, texts), ("numbers", scaled, numbers)]
    return ColumnTransformer([step for step in steps if step[2]], sparse_threshold=1.0)


def output_columns(transformer: ColumnTransformer) -> list[str]:
    """Which input column each output of a fitted `built_in` transformer comes from."""
    origins: list[str] = []
    for _, step, columns in transformer.transformers_:
        is_one_hot = isinstance(step, OneHotEncoder)
        widths = output_widths(step) if is_one_hot else [1] * len(columns)
        for column, width in zip(columns, widths, strict=True):
            origins += [column] * width
    return origins


def output_widths(encoder: OneHotEncoder) -> list[int]:
    """How many outputs a fitted one-hot encoder makes of each of its columns."""
    pooled = getattr(encoder, "infrequent_categories_", [None] * len(encoder.categories_))
    dropped = [None] * len(encoder.categories_) if encoder.drop_idx_ is None else encoder.drop_idx_
    return [
        len(categories) - (len(rare) - 1 if rare is not None else 0) - (drop is not None)
        for categories, rare, drop in zip(encoder.categories_, pooled, dropped, strict=True)
    ]
