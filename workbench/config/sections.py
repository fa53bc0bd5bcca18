"""The tables of workbench.toml one by one: which keys each has and what they become."""

from __future__ import annotations

from typing import Literal

from workbench.config import checks as check_tables
from workbench.config import file_rules, kinds, search
from workbench.config.kinds import Kind
from workbench.config.language import Language
from workbench.config.tables import Table
from workbench.config.values import (
    METRICS,
    DatasetConfig,
    ExperimentConfig,
    GateBy,
    GateConfig,
    Leniency,
    LogConfig,
    Mode,
    ModelConfig,
    RecipeConfig,
    RetrainConfig,
    ServeConfig,
    SplitBy,
    SplitConfig,
    Task,
    WatchConfig,
    WorkerConfig,
)

DEFAULT_RECIPE = "default"
"""Name of the recipe that an experiment's own `model` and `params` make."""

_MODE: Kind[Mode] = kinds.choice("append", "replace", "upsert")
_TASK: Kind[Task] = kinds.choice("binary", "multiclass", "regression")
_SPLIT: Kind[SplitBy] = kinds.choice("time", "random", "stratified", "group")
_GATE: Kind[GateBy] = kinds.choice("rows", "time")
_TRIGGER: Kind[Literal["drift", "performance"]] = kinds.choice("drift", "performance")
_AFTER: Kind[Literal["move", "leave", "delete"]] = kinds.choice("move", "leave", "delete")
_ALL_METRICS = tuple(dict.fromkeys(name for names in METRICS.values() for name in names))
_LENIENCY: Kind[Leniency] = kinds.choice("accept", "warn", "reject")
_SHARE = kinds.number(0, 1)
_COUNT = kinds.whole(0)


def project(table: Table) -> str:
    """The project's name."""
    name = table.take_text("name", "what this project is called")
    table.close()
    return name


def dataset(name: str, table: Table, language: Language) -> DatasetConfig:
    """One `[datasets.NAME]`."""
    default = DatasetConfig(name=name)
    files = table.take("files", kinds.files)
    mode = table.take("mode", _MODE, default.mode)
    time = table.take("time", kinds.text)
    key = table.take("key", kinds.several(kinds.text), default.key)
    if mode == "upsert" and not table.has("key"):
        table.wrong("mode", 'it needs the key that tells which rows are replaced: key = ["id"]')
    reading = file_rules.reading(table)
    checks = table.table("checks")
    rows = check_tables.whole_table(checks, language)
    columns = check_tables.columns(checks.table("columns"), language)
    checks.close()
    table.close()
    return DatasetConfig(
        name=name,
        files=files,
        mode=mode,
        time=time,
        key=key,
        columns=columns,
        table=rows,
        reading=reading,
    )


def experiment(name: str, table: Table) -> ExperimentConfig:
    """One `[experiments.NAME]`."""
    default = ExperimentConfig(name=name, dataset="", target="")
    dataset = table.take_text("dataset", "the dataset whose rows it learns from")
    target = table.take_text("target", "the column to predict")
    task = table.take("task", _TASK)
    exclude = table.take("exclude", kinds.several(kinds.text), default.exclude)
    if target and target in exclude:
        table.wrong("exclude", f"{target} is the target; it is never a feature anyway")
    moments = table.take("moments", kinds.several(kinds.text), default.moments)
    if target and target in moments:
        table.wrong("moments", f"{target} is the target; it is never a feature")
    for name_of_column in sorted({*exclude} & {*moments}):
        table.wrong(
            "moments", f"{name_of_column} stands in `exclude` too; a column is one or the other"
        )
    config = ExperimentConfig(
        name=name,
        dataset=dataset,
        target=target,
        task=task,
        exclude=exclude,
        moments=moments,
        split=_split(table.table("split")),
        recipes=_recipes(table),
        metric=table.take("metric", kinds.choice(*(METRICS[task] if task else _ALL_METRICS))),
        slices=table.take("slices", kinds.several(kinds.text), default.slices),
        cv=table.take("cv", _folds, default.cv),
        search=search.search(table.table("search")) if table.has("search") else None,
        seed=table.take("seed", kinds.whole(0, 2**32 - 1), default.seed),
    )
    if target and target in config.slices:
        table.wrong("slices", f"{target} is the target; slices are made of other columns")
    table.close()
    return config


def _folds(value: object) -> int:
    """A number of folds: 2 or more, or 0 for none."""
    folds = kinds.whole(0, 50)(value)
    if folds == 1:
        raise kinds.NotAllowed("allowed is a whole number from 2 to 50, or 0 for none")
    return folds


def _split(table: Table) -> SplitConfig:
    default = SplitConfig()
    split = SplitConfig(
        by=table.take("by", _SPLIT, default.by),
        test=table.take("test", kinds.span_or_share, default.test),
        group=table.take("group", kinds.text),
    )
    if split.by == "group" and not table.has("group"):
        table.wrong("group", 'by = "group" needs the column whose values stay on one side')
    if split.by != "group" and split.group is not None:
        table.wrong("group", f'by is "{split.by}"; a group column belongs to by = "group"')
    if split.by != "time" and not isinstance(split.test, float):
        table.wrong("test", f'by is "{split.by}"; allowed is a share between 0 and 1')
    table.close()
    return split


def _recipes(table: Table) -> tuple[RecipeConfig, ...]:
    """The recipes of the experiment `table`, its own model first."""
    tables = table.named_tables("recipes")
    is_given = any([table.has("model"), table.has("params")])
    own = (_recipe(DEFAULT_RECIPE, table),) if is_given or not tables else ()
    if own and DEFAULT_RECIPE in tables:
        table.wrong("model", f"this is the recipe {DEFAULT_RECIPE}, and recipes has one too")
    named = tuple(_recipe(name, of) for name, of in tables.items())
    for of in tables.values():
        of.close()
    return own + named


def _recipe(name: str, table: Table) -> RecipeConfig:
    model = table.take_text(
        "model", "an import path such as lightgbm.LGBMClassifier", kinds.import_path
    )
    return RecipeConfig(name=name, model=model, params=table.table("params").take_all(kinds.scalar))


def model(name: str, table: Table) -> ModelConfig:
    """One `[models.NAME]`."""
    config = ModelConfig(
        name=name,
        experiment=table.take_text("experiment", "the experiment that makes its versions"),
        description=table.take("description", kinds.paragraphs, ""),
        intended_use=table.take("intended_use", kinds.paragraphs, ""),
        gate=_gate(table.table("gate")),
        retrain=_retrain(table.table("retrain")),
    )
    table.close()
    return config


def _gate(table: Table) -> GateConfig:
    default = GateConfig()
    gate = GateConfig(
        non_inferiority=table.take("non_inferiority", kinds.number(0), default.non_inferiority),
        min_gain=table.take("min_gain", kinds.number(0), default.min_gain),
        slices=table.take("slices", kinds.several(kinds.text), default.slices),
        resamples=table.take("resamples", kinds.whole(100, 100_000), default.resamples),
        max_ece=table.take("max_ece", _SHARE),
        max_churn=table.take("max_churn", _SHARE),
        max_latency_ratio=table.take("max_latency_ratio", kinds.number(1)),
        golden=table.take("golden", kinds.text),
        golden_tolerance=table.take("golden_tolerance", kinds.number(0), default.golden_tolerance),
        group=table.take("group", kinds.text),
        by=table.take("by", _GATE),
    )
    if gate.group is not None and gate.by is not None:
        table.wrong("by", "rows of one group are drawn as one; give group or by, not both")
    table.close()
    return gate


def _retrain(table: Table) -> RetrainConfig:
    default = RetrainConfig()
    cooldown = table.take("cooldown", kinds.duration, default.cooldown)
    # A long cool-down of one's own raises the limit it doubles up to.
    longest = max(default.max_cooldown, cooldown)
    retrain = RetrainConfig(
        on=table.take("on", kinds.several(_TRIGGER), default.on),
        windows=table.take("windows", kinds.window_pair, default.windows),
        max_drop=table.take("max_drop", kinds.number(0), default.max_drop),
        cooldown=cooldown,
        max_cooldown=table.take("max_cooldown", kinds.duration, longest),
        window=table.take("window", kinds.positive_duration),
        min_rows=table.take("min_rows", _COUNT, default.min_rows),
    )
    if retrain.max_cooldown < cooldown:
        table.wrong("max_cooldown", "shorter than cooldown")
    table.close()
    return retrain


def serve(table: Table) -> ServeConfig:
    """`[serve]`."""
    default = ServeConfig()
    logged = table.table("log_columns")
    config = ServeConfig(
        host=table.take("host", kinds.text, default.host),
        port=table.take("port", kinds.whole(0, 65_535), default.port),
        log_columns_exclude=logged.take(
            "exclude", kinds.several(kinds.text), default.log_columns_exclude
        ),
        log=_log(table.table("log")),
        workers=table.take("workers", kinds.whole(1, 64), default.workers),
        max_rows=table.take("max_rows", kinds.whole(1), default.max_rows),
        max_body_bytes=table.take("max_body", kinds.size, default.max_body_bytes),
        max_connections=table.take("max_connections", kinds.whole(1), default.max_connections),
        max_waiting=table.take("max_waiting", kinds.whole(1), default.max_waiting),
        timeout=table.take("timeout", kinds.positive_duration, default.timeout),
        keep_alive=table.take("keep_alive", kinds.positive_duration, default.keep_alive),
        unknown_category=table.take("unknown_category", _LENIENCY, default.unknown_category),
        out_of_range=table.take("out_of_range", _LENIENCY, default.out_of_range),
        extra_column=table.take("extra_column", _LENIENCY, default.extra_column),
    )
    logged.close()
    table.close()
    return config


def _log(table: Table) -> LogConfig:
    default = LogConfig()
    config = LogConfig(
        sample=table.take("sample", kinds.number(0, 1), default.sample),
        keep=table.take("keep", kinds.positive_duration),
        max_bytes=table.take("max_size", kinds.size),
        access=table.take("access", kinds.flag, default.access),
    )
    table.close()
    return config


def watch(table: Table) -> WatchConfig:
    """`[watch]`."""
    default = WatchConfig()
    config = WatchConfig(
        settle=table.take("settle", kinds.duration, default.settle),
        after=table.take("after", _AFTER, default.after),
        poll=table.take("poll", kinds.flag, default.poll),
    )
    table.close()
    return config


def worker(table: Table) -> WorkerConfig:
    """`[worker]`."""
    default = WorkerConfig()
    config = WorkerConfig(
        slots=table.take("slots", kinds.whole(1, 256), default.slots),
        memory_limit_bytes=table.take("memory_limit", kinds.size),
    )
    table.close()
    return config
