"""Which function does a job of which kind: strings, so that a worker imports none of them."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

KINDS: Mapping[str, str] = {
    "check": "workbench.services.checks:run",
    "compact": "workbench.services.compaction:run",
    "drift": "workbench.services.monitoring:watch",
    "export": "workbench.services.model_export:export",
    "gate": "workbench.services.promotion:review",
    "importances": "workbench.services.trials:measure_importances",
    "labels": "workbench.services.label_judging:judge",
    "register": "workbench.services.registry:register",
    "register-file": "workbench.services.foreign_models:register",
    "reproduce": "workbench.services.reproduction:reproduce",
    "seal": "workbench.services.sealing_jobs:seal",
    "train": "workbench.services.training:train",
    "trial": "workbench.services.trials:run",
    "verify": "workbench.services.verifying:verify",
}
"""Kind of job to `module:function`; the function takes a context and the job's arguments."""


def resolve(target: str) -> Callable[..., Any]:
    """The function that `target` names.

    Args:
        target: `module:function`.
    """
    module, _, name = target.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return function


def modules(kinds: Mapping[str, str]) -> list[str]:
    """The modules that `kinds` names, each once."""
    return sorted({target.partition(":")[0] for target in kinds.values()})
