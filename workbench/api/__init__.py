"""The application handle: every door and every notebook calls the services through it.

One method a use case, grouped by noun in the modules beside this one.
"""

from __future__ import annotations

import getpass
from pathlib import Path

from workbench.api.data import DataCalls
from workbench.api.endpoint import EndpointCalls
from workbench.api.experiments import RunCalls
from workbench.api.figures import FigureCalls
from workbench.api.finding import FoundRunCalls
from workbench.api.foreign import ForeignCalls
from workbench.api.keys import KeyCalls
from workbench.api.model_cards import ModelCardCalls
from workbench.api.models import ModelCalls
from workbench.api.operations import OperationCalls
from workbench.api.predictions import PredictionCalls
from workbench.api.routing import RoutingCalls
from workbench.api.rows import RowCalls
from workbench.api.run_lists import RunListCalls
from workbench.api.scoring import ScoringCalls
from workbench.api.training import TrainingCalls
from workbench.api.tuning import TuningCalls
from workbench.api.upkeep import UpkeepCalls

__all__ = ["Workbench", "open"]


class Workbench(
    DataCalls,
    RowCalls,
    UpkeepCalls,
    RunCalls,
    TrainingCalls,
    FoundRunCalls,
    RunListCalls,
    TuningCalls,
    ModelCalls,
    ModelCardCalls,
    ForeignCalls,
    ScoringCalls,
    KeyCalls,
    RoutingCalls,
    EndpointCalls,
    FigureCalls,
    PredictionCalls,
    OperationCalls,
):
    """An open project. Any thread may call it; each call is short, long work becomes a job."""


def open(path: str | Path | None = None) -> Workbench:
    """Opens the project that a folder belongs to.

    Args:
        path: A folder of the project; None: where this process runs.

    Raises:
        StoreMissing: Neither the folder nor one above it holds a project.
        ConfigInvalid: The project's workbench.toml has mistakes.
    """
    from storage.errors import StoreMissing
    from storage.layout import find_project
    from workbench.services.context import open_context

    start = Path(path or ".").resolve()
    project = find_project(start)
    if project is None:
        raise StoreMissing.at(start)
    return Workbench(open_context(project, who=_who()))


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"
