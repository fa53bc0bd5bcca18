"""What the tables of workbench.toml say of each other: names that must exist, columns they need."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.config.kinds import nearest
from workbench.config.tables import Table
from workbench.config.values import Config


def note(config: Config, root: Table) -> None:
    """Notes every reference between tables that leads nowhere.

    Args:
        config: What was read; a value that was wrong by itself is a default there.
        root: The file's own table, which takes the notes.
    """
    _note_shared_files(config, root.table("datasets"))
    _note_references(config, root.table("datasets"))
    _note_experiments(config, root.table("experiments"))
    _note_models(config, root.table("models"))


def _note_shared_files(config: Config, datasets: Table) -> None:
    watched: dict[str, str] = {}
    for name, dataset in config.datasets.items():
        if dataset.files is None:
            continue
        first = watched.setdefault(dataset.files, name)
        if first != name:
            datasets.table(name).wrong("files", f"dataset {first} reads the same files")


def _note_references(config: Config, datasets: Table) -> None:
    for name, dataset in config.datasets.items():
        for check in dataset.columns:
            if check.references is None or check.references.dataset in config.datasets:
                continue
            columns = datasets.table(name).table("checks").table("columns")
            known = f"known are {', '.join(config.datasets)}"
            near = nearest(check.references.dataset, config.datasets)
            said = f"there is no dataset {check.references.dataset}; {known}{near}"
            for entry in columns.array(check.column):
                if entry.has("references"):
                    entry.wrong("references", said)


def _note_experiments(config: Config, experiments: Table) -> None:
    for name, experiment in config.experiments.items():
        dataset = config.datasets.get(experiment.dataset)
        if dataset is None:
            _note_unknown(experiments.table(name), "dataset", experiment.dataset, config.datasets)
        elif experiment.split.by == "time" and dataset.time is None:
            split = experiments.table(name).table("split")
            split.wrong("by", f"dataset {dataset.name} names no time column; give it time = …")


def _note_models(config: Config, models: Table) -> None:
    for name, model in config.models.items():
        experiment = config.experiments.get(model.experiment)
        if experiment is None:
            _note_unknown(models.table(name), "experiment", model.experiment, config.experiments)
            continue
        golden = model.gate.golden
        if golden is not None and golden not in config.datasets:
            known = f"known are {', '.join(config.datasets)}{nearest(golden, config.datasets)}"
            models.table(name).table("gate").wrong("golden", f"there is no such dataset; {known}")
        dataset = config.datasets.get(experiment.dataset)
        if model.gate.by == "time" and dataset is not None and dataset.time is None:
            gate = models.table(name).table("gate")
            gate.wrong("by", f"dataset {dataset.name} names no time column to make blocks of")
        if model.retrain.window is not None and dataset is not None and dataset.time is None:
            retrain = models.table(name).table("retrain")
            retrain.wrong("window", f"dataset {dataset.name} names no time column to measure it by")


def _note_unknown(table: Table, noun: str, name: str, known: Iterable[str]) -> None:
    if not name:
        return  # already noted as missing or as no text
    names = ", ".join(known) or "none"
    table.wrong(noun, f"there is no such {noun}; known are {names}{nearest(name, known)}")
