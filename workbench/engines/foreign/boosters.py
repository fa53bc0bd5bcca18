"""Trees that LightGBM wrote elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import lightgbm

from storage.records import InputColumn, InputType, Signature
from workbench.engines.estimators import first_line
from workbench.engines.export import exporting
from workbench.engines.foreign.opened import Built, Opened, unreadable
from workbench.engines.native import BoosterModel

NAMELESS = "Column_"
"""How LightGBM calls the columns of an array."""
_CLASSES = frozenset({"multiclass", "softmax", "multiclassova", "multiclass_ova", "ova", "ovr"})


def read(content: bytes, name: str) -> Opened:
    """The model of a text file that LightGBM wrote.

    Raises:
        ModelUnreadable: It is none.
    """
    if not content.startswith(b"tree"):
        raise unreadable(
            name,
            "it is no text model of LightGBM, which begins with the word 'tree'",
            "Write one with `booster.save_model('model.txt')`.",
        )
    try:
        booster = lightgbm.Booster(model_str=content.decode())
    except (lightgbm.basic.LightGBMError, UnicodeDecodeError, ValueError, KeyError) as error:
        raise unreadable(name, f"LightGBM does not take it ({first_line(error)})") from error
    return opened(booster, name)


def opened(
    booster: lightgbm.Booster, name: str, *, kind: str = "", classes: tuple[str, ...] = ()
) -> Opened:
    """A booster as a model from elsewhere.

    Args:
        booster: The trees.
        name: Of the file they came from.
        kind: What it is called; empty: by its objective.
        classes: What a wrapper around it calls its classes.
    """
    header = _header(booster)
    objective = header.get("objective", "").partition(" ")[0]
    number = int(header.get("num_class", "1"))
    task = "regression"
    if objective == "binary":
        task, number = "binary", 2
    elif objective in _CLASSES or number > 1:
        task = "multiclass"
    names = tuple(booster.feature_name())
    is_nameless = all(one.startswith(NAMELESS) for one in names)

    def build(signature: Signature) -> Built:
        model = BoosterModel(signature=_coded(booster, signature, header, name), booster=booster)
        graph = exporting.export(model, model.signature)
        return Built(signature=model.signature, graph=graph, native=model)

    return Opened(
        kind=kind or f"a LightGBM model ({objective or 'an objective of its own'})",
        features=() if is_nameless else names,
        count=len(names),
        task=task,
        classes=classes,
        class_count=number if task != "regression" else 0,
        build=build,
    )


def _header(booster: lightgbm.Booster) -> dict[str, str]:
    """The lines before the first tree."""
    text: str = booster.model_to_string(num_iteration=1)
    lines = text.partition("\nTree=0")[0].splitlines()
    return {key: value for key, _, value in (line.partition("=") for line in lines)}


def _coded(
    booster: lightgbm.Booster, signature: Signature, header: Mapping[str, str], name: str
) -> Signature:
    """The signature with the categories of its texts in the order of their codes.

    Raises:
        ModelUnreadable: The model cannot have learnt from such columns.
    """
    lists: Sequence[Sequence[Any]] = booster.pandas_categorical or ()
    infos = header.get("feature_infos", "").split(" ")
    categorical = [
        column
        for column, info in zip(signature.inputs, infos, strict=False)
        if info != "none" and not info.startswith("[")
    ]
    of_texts = [one for one in signature.inputs if one.type is InputType.STRING]
    owners = categorical if len(categorical) == len(lists) else of_texts
    if len(lists) != len(owners) and (lists or of_texts):
        column = of_texts[0].name if of_texts else categorical[0].name if categorical else "-"
        raise unreadable(
            name,
            f"column '{column}' holds texts, and the model does not say which codes they had"
            if not lists
            else f"it has codes for {len(lists)} columns, and {len(owners)} of the dataset hold categories",
            "Train it on a pandas frame whose text columns have the type `category`.",
        )
    codes = {one.name: list(texts) for one, texts in zip(owners, lists, strict=False)}
    return replace(
        signature,
        inputs=tuple(_with_codes(one, codes.get(one.name), name) for one in signature.inputs),
    )


def _with_codes(column: InputColumn, codes: list[Any] | None, name: str) -> InputColumn:
    is_text = column.type is InputType.STRING
    if codes is None:
        if is_text:
            raise unreadable(
                name, f"it takes numbers for column '{column.name}', which holds texts"
            )
        return column
    if is_text and all(isinstance(one, str) for one in codes):
        return replace(column, categories=tuple(codes))
    if not is_text and codes == list(range(len(codes))):
        return column  # each number is its own code
    raise unreadable(
        name,
        f"its categories of column '{column.name}' ({', '.join(map(str, codes[:3]))} …) are "
        f"no {'texts' if is_text else 'codes from 0 on'}, as the dataset has there",
        "Train it on texts, or on whole numbers from 0 on.",
    )
