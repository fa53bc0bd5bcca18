"""What workbench.toml says, as typed values; the defaults stand here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from storage.records import ReadingRules, Scalar
from workbench.config.check_values import ColumnCheck, TableCheck
from workbench.config.search_values import SearchConfig

Task = Literal["binary", "multiclass", "regression"]
Mode = Literal["append", "replace", "upsert"]
SplitBy = Literal["time", "random", "stratified", "group"]
GateBy = Literal["rows", "time"]

METRICS: dict[Task, tuple[str, ...]] = {
    "binary": ("roc_auc", "pr_auc", "log_loss", "brier", "accuracy", "f1", "ece"),
    "multiclass": (
        "accuracy",
        "balanced_accuracy",
        "log_loss",
        "f1_macro",
        "f1_weighted",
        "roc_auc_ovr",
    ),
    "regression": ("rmse", "mae", "r2", "mape", "pinball_10", "pinball_90"),
}
"""The metrics an experiment of each task may be judged by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetConfig:
    """A dataset and the files that bring its rows."""

    name: str
    files: str | None = None
    """Pattern of watched files, relative to the project; None: nothing is watched."""
    mode: Mode = "append"
    """What a file is: more rows, the whole table, or rows that take the place of those with their key."""
    time: str | None = None
    """Column of the event time."""
    key: tuple[str, ...] = ()
    columns: tuple[ColumnCheck, ...] = ()
    table: TableCheck = field(default_factory=TableCheck)
    reading: ReadingRules = field(default_factory=ReadingRules)
    """How its files are written, what they may change, and how much of them may be bad."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitConfig:
    """How an experiment's rows are divided into training and test rows."""

    by: SplitBy = "random"
    test: timedelta | float = 0.2
    """A span of event time at the end, or a share of the rows."""
    group: str | None = None
    """Column whose values stay on one side, for `by = "group"`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeConfig:
    """An estimator and its parameters."""

    name: str
    model: str
    """Import path `lightgbm.LGBMClassifier`, or `recipes:make_pipeline` in the project's recipes.py."""
    params: dict[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentConfig:
    """A question put to a dataset, and the recipes that try to answer it."""

    name: str
    dataset: str
    target: str
    task: Task | None = None
    """None: inferred from the target."""
    exclude: tuple[str, ...] = ()
    """Columns that are no features, besides the target, the key and the time column."""
    moments: tuple[str, ...] = ()
    """Columns of moments that are features, in seconds since 1970 UTC; all others are left out."""
    split: SplitConfig = field(default_factory=SplitConfig)
    recipes: tuple[RecipeConfig, ...] = ()
    """At least one; a model named at the experiment itself is the recipe `default`."""
    metric: str | None = None
    """None: roc_auc, log_loss or rmse, by task."""
    slices: tuple[str, ...] = ()
    """Columns by whose values a run is measured on its own too."""
    cv: int = 0
    """Folds of the training rows that a recipe is trained on besides; 0: none."""
    search: SearchConfig | None = None
    """Where better params are looked for; None: it cannot be tuned."""
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GateConfig:
    """What a challenger must show."""

    non_inferiority: float = 0.0
    """How much worse than the champion the lower bound may be."""
    min_gain: float = 0.0
    slices: tuple[str, ...] = ()
    resamples: int = 2000
    max_ece: float | None = None
    """Largest expected calibration error; None: not asked."""
    max_churn: float | None = None
    """Largest share of rows that may change their label; None: not asked."""
    max_latency_ratio: float | None = None
    """How many times as long as the champion's its 95th percentile of latency may be; None: not measured."""
    golden: str | None = None
    """Dataset of rows whose labels must be answered as they stand there; None: there are none."""
    golden_tolerance: float = 0.0
    """How far a regression may be off the golden rows."""
    group: str | None = None
    """Column whose values are drawn as one; None: the one that the experiment splits by, if it does."""
    by: GateBy | None = None
    """What is drawn where there are no groups; None: blocks of event time where the rows make enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainConfig:
    """When a challenger is trained, and on what."""

    on: tuple[Literal["drift", "performance"], ...] = ()
    """What may fire; empty: nothing does."""
    windows: tuple[int, int] = (2, 3)
    """Fires when the statistic is over its limit in the first of the last second windows."""
    max_drop: float = 0.02
    """Drop of the metric, against its value at registration, from which performance counts as over."""
    cooldown: timedelta = timedelta(hours=24)
    max_cooldown: timedelta = timedelta(days=7)
    """A cool-down doubles with each rejection in a row, up to this."""
    window: timedelta | None = None
    """Span of event time before the newest rows that a challenger trains on; None: all of it."""
    min_rows: int = 500
    """New labelled rows since the last cycle, at least; also a tenth of the training rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """A model: which experiment makes its versions and what they must pass."""

    name: str
    experiment: str
    description: str = ""
    """What it is, for its card; empty where nobody wrote it."""
    intended_use: str = ""
    """What it is for and what it is not for; empty where nobody wrote it."""
    gate: GateConfig = field(default_factory=GateConfig)
    retrain: RetrainConfig = field(default_factory=RetrainConfig)


Leniency = Literal["accept", "warn", "reject"]
"""What becomes of a value that training never saw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogConfig:
    """What the endpoint keeps of what it answered."""

    sample: float = 1.0
    """Share of the requests whose rows are kept."""
    keep: timedelta | None = None
    """Predictions older than this are removed; None: none are."""
    max_bytes: int | None = None
    """The oldest predictions go when the log of all models is larger; None: it has no limit."""
    access: bool = True
    """Whether each request has a line in the access log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeConfig:
    """The endpoint."""

    host: str = "127.0.0.1"
    port: int = 8080
    """0: a free port."""
    log_columns_exclude: tuple[str, ...] = ()
    """Columns that the prediction log does not keep."""
    log: LogConfig = field(default_factory=LogConfig)
    workers: int = 1
    """Processes that share the port."""
    max_rows: int = 10_000
    max_body_bytes: int = 32 * 1024 * 1024
    max_connections: int = 10_000
    """Of one process; further ones are turned away."""
    max_waiting: int = 1000
    """Requests of one process that wait for an answer; further ones are told to come again."""
    timeout: timedelta = timedelta(seconds=30)
    """How long a request may take to arrive whole, and to be answered."""
    keep_alive: timedelta = timedelta(seconds=30)
    """How long an idle connection is kept."""
    unknown_category: Leniency = "accept"
    out_of_range: Leniency = "accept"
    extra_column: Leniency = "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchConfig:
    """The watched folders."""

    settle: timedelta = timedelta(seconds=2)
    """How long a file must not change before it is read."""
    after: Literal["move", "leave", "delete"] = "move"
    """What becomes of a file that was read: moved to `done/` beside it, left, or deleted."""
    poll: bool = False
    """Whether the folders lie on a network: the system tells nothing of them, and files' times are by
    another clock, so that scans alone decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerConfig:
    """The worker."""

    slots: int = 2
    """Jobs that run at the same time."""
    memory_limit_bytes: int | None = None
    """Address space of one job's process; None: no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All of workbench.toml."""

    project: str
    datasets: dict[str, DatasetConfig] = field(default_factory=dict)
    experiments: dict[str, ExperimentConfig] = field(default_factory=dict)
    models: dict[str, ModelConfig] = field(default_factory=dict)
    serve: ServeConfig = field(default_factory=ServeConfig)
    watch: WatchConfig = field(default_factory=WatchConfig)
    worker: WorkerConfig = field(default_factory=WorkerConfig)
