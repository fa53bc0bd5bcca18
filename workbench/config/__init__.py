"""What workbench.toml says, as typed values; reading it reports every mistake at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.config.check_values import (
    ColumnCheck,
    ColumnReference,
    PredicateCheck,
    QuantileRange,
    Range,
    TableCheck,
    Terms,
    UniqueCheck,
)
from workbench.config.language import Language
from workbench.config.search_values import SearchConfig
from workbench.config.values import (
    METRICS,
    Config,
    DatasetConfig,
    ExperimentConfig,
    GateBy,
    GateConfig,
    Leniency,
    LogConfig,
    ModelConfig,
    RecipeConfig,
    RetrainConfig,
    ServeConfig,
    SplitConfig,
    Task,
    WatchConfig,
    WorkerConfig,
)

if TYPE_CHECKING:
    from workbench.config.reading import parse, read

__all__ = [
    "METRICS",
    "ColumnCheck",
    "ColumnReference",
    "Config",
    "DatasetConfig",
    "ExperimentConfig",
    "GateBy",
    "GateConfig",
    "Language",
    "Leniency",
    "LogConfig",
    "ModelConfig",
    "PredicateCheck",
    "QuantileRange",
    "Range",
    "RecipeConfig",
    "RetrainConfig",
    "SearchConfig",
    "ServeConfig",
    "SplitConfig",
    "TableCheck",
    "Task",
    "Terms",
    "UniqueCheck",
    "WatchConfig",
    "WorkerConfig",
    "parse",
    "read",
]


def __getattr__(name: str) -> Any:
    """Loads the reader when it is first asked for: most modules only need the values."""
    if name in {"parse", "read"}:
        from workbench.config import reading

        return getattr(reading, name)
    raise AttributeError(f"module 'workbench.config' has no attribute {name!r}")
