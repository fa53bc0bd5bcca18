"""The things in a tree of lineage, each with what is to be known of it in one line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from storage.records import LineageNode, ModelVersion, Run, Version, VersionState
from storage.records.lineage import Noun
from storage.store import Transaction
from workbench.core import words

MOST = 20
"""Things of one kind that are drawn; of more the number is told."""
MOST_VERSIONS = 10_000


def node(noun: Noun, label: str, text: str = "", *children: LineageNode) -> LineageNode:
    """A thing, and what lies below it."""
    return LineageNode(noun=noun, label=label, text=text, children=children)


def drawn(nodes: Sequence[LineageNode], noun: str) -> Iterator[LineageNode]:
    """The first of these things, and how many more there are."""
    yield from nodes[:MOST]
    if len(nodes) > MOST:
        yield node("more", "", f"and {words.plural(len(nodes) - MOST, noun)} more")


def of_version(version: ModelVersion, children: tuple[LineageNode, ...] = ()) -> LineageNode:
    """A model version, and what lies below it."""
    return LineageNode(
        noun="model version", label=version.label, text=standing(version), children=children
    )


def standing(version: ModelVersion) -> str:
    """How a model version stands: its aliases, what it answers, who registered it when."""
    held = ", ".join(version.aliases)
    parts = [held, version.signature.task, f"registered {words.moment(version.created_at)}"]
    if version.override:
        parts.append("its failed proof was overridden")
    return ", ".join(part for part in [*parts, f"by {version.created_by}"] if part)


def of_run(tx: Transaction, run: Run, train: str) -> LineageNode:
    """A run with all that made it.

    Args:
        tx: The catalog.
        run: The run.
        train: The rows it was trained on, in words.
    """
    ended = words.moment(run.ended_at) if run.ended_at else run.state.value
    return node(
        "run",
        run.label,
        f"{run.model}, recipe {run.recipe} of {run.experiment}, ended {ended}",
        *_run_parts(tx, run, train),
    )


def of_rows(tx: Transaction, dataset: str, number: int, text: str) -> LineageNode:
    """A dataset version by its name and number, with the files that brought its rows."""
    version = tx.datasets.version(tx.datasets.get(dataset), number)
    return of_dataset(version, tuple(files(tx, version)), text)


def of_dataset(version: Version, children: tuple[LineageNode, ...], text: str = "") -> LineageNode:
    """A dataset version, and what lies below it; `text` says what it was to whoever names it."""
    state = version.state.value
    told = f"{words.plural(version.rows, 'row')}, {words.count(version.rows_added)} added, {state}"
    if version.first_time is not None and version.last_time is not None:
        told += f", of {words.days(version.first_time, version.last_time)}"
    return LineageNode(
        noun="dataset version",
        label=version.label,
        text=f"{text}; {told}" if text else told,
        children=children,
    )


def files(tx: Transaction, version: Version) -> Iterator[LineageNode]:
    """The files that brought its own rows, then how many versions lie below it."""
    arrivals = tx.arrivals.of_version(version)
    brought = {one.sha256: one.path for one in arrivals}
    if not brought:
        partitions = tx.partitions.of_version(version.dataset_id, version.number, added_only=True)
        brought = {one.source_sha256: one.source for one in partitions}
    named = [node("file", path, f"sha256 {sha256[:12]}") for sha256, path in brought.items()]
    yield from drawn(named, "file")
    if version.parent is not None and not version.replaces:
        below = words.plural(_below(tx, version), "version")
        rows = words.plural(version.rows - version.rows_added, "row")
        yield node(
            "dataset version",
            f"{version.dataset}@v{version.parent}",
            f"the last of {below}: {rows}",
        )


def _run_parts(tx: Transaction, run: Run, train: str) -> Iterator[LineageNode]:
    if run.dataset is not None and run.version is not None:
        yield of_rows(tx, run.dataset, run.version, _trained_on(run, train))
    yield node("code", str(run.environment.get("git.commit", ""))[:12], _code(run))
    params = [f"{key}={value}" for key, value in sorted(run.params.items())]
    yield node("params", "", ", ".join([*params, f"seed={run.seed}"]))
    yield node("environment", "", _environment(run))
    if run.parent_id is not None:
        parent = tx.runs.get(run.parent_id)
        yield node("run", parent.label, f"which {run.label} is a part of")
    if run.cycle_id is not None:
        cycle = tx.reviews.cycle(run.cycle_id)
        yield node("cycle", f"cycle {cycle.id}", cycle.trigger)


def _trained_on(run: Run, train: str) -> str:
    whole = words.versioned(run.dataset, run.version)
    return "trained on it" if train in {"", whole} else f"trained on {train}"


def _code(run: Run) -> str:
    dirty = run.environment.get("git.dirty")
    parts = [f"recipe {run.recipe}", f"source {run.source_hash[:12]}"]
    if "git.commit" in run.environment:
        state = "uncommitted changes" if dirty else "nothing uncommitted"
        difference = str(run.environment.get("git.diff_sha256", ""))[:12]
        parts.append(state + (f" {difference}" if difference else ""))
    return ", ".join(parts)


def _environment(run: Run) -> str:
    packages = [
        f"{key.removeprefix('package.')} {value}"
        for key, value in sorted(run.environment.items())
        if key.startswith("package.")
    ]
    python = run.environment.get("python")
    return ", ".join([f"Python {python}" if python else "", *packages]).removeprefix(", ")


def _below(tx: Transaction, version: Version) -> int:
    """How many accepted versions of its dataset came before it."""
    dataset = tx.datasets.get(version.dataset)
    accepted = tx.datasets.newest(dataset, limit=MOST_VERSIONS, state=VersionState.CURRENT)
    return sum(one.number < version.number for one in accepted)
