"""The endpoint's OpenAPI 3.1 document: every path it answers now, with what each version takes and gives."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import workbench
from workbench.core.doubts import Rules
from workbench.http.pages.described import DescribedModel, models_of
from workbench.http.pages.openapi import answers, fixed
from workbench.http.pages.openapi.models import ModelPart
from workbench.services.keyring import scope_of
from workbench.services.routes import Routes

DESCRIPTION = (
    "Rows in, predictions out. The models and what they take are those that are served at this moment: "
    "the document changes with them, and with it its version and its ETag."
)


def document(routes: Routes, rules: Rules, *, most_rows: int, is_locked: bool) -> dict[str, Any]:
    """The document of what is served.

    Args:
        routes: What is served.
        rules: What becomes of values that training never saw.
        most_rows: How many rows one request may have.
        is_locked: Whether a key is asked for.
    """
    models = models_of(routes)
    parts = [
        ModelPart(model=model, stem=stem, rules=rules, most_rows=most_rows)
        for model, stem in zip(models, _stems(models), strict=True)
    ]
    paths = fixed.paths() | fixed.invocations([model.name for model in models])
    schemas = dict(fixed.SCHEMAS)
    for part in parts:
        paths |= part.paths()
        schemas |= part.schemas()
    about_endpoint = "How the endpoint is doing, and what it serves."
    found: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "Workbench endpoint",
            "version": workbench.__version__,
            "description": DESCRIPTION,
        },
        "servers": [{"url": "/"}],
        "tags": [
            *(part.tagged() for part in parts),
            {"name": fixed.TAG, "description": about_endpoint},
        ],
        "paths": paths,
        "components": {"schemas": schemas, "responses": answers.components()},
    }
    if is_locked:
        _lock(found)
    return found


def _stems(models: Iterable[DescribedModel]) -> list[str]:
    """What each model's schemas are called: its name in letters that all take, and none twice."""
    given: list[str] = []
    for model in models:
        stem = re.sub(r"[^A-Za-z0-9_-]+", "_", model.name).strip("_") or "model"
        free, count = stem, 2
        while free in given:
            free, count = f"{stem}_{count}", count + 1
        given.append(free)
    return given


def _lock(found: dict[str, Any]) -> None:
    """Says which operations ask for a key."""
    found["components"]["securitySchemes"] = fixed.SECURITY_SCHEMES
    found["security"] = [{name: []} for name in fixed.SECURITY_SCHEMES]
    for path, item in found["paths"].items():
        for each in item.values():
            if scope_of(path):
                each["responses"] |= answers.errors(answers.OF_KEYS)
            else:
                each["security"] = []
