"""What a model card says in words, the same on its page and in its Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from storage.records import (
    ModelVerification,
    ModelVersion,
    Parity,
    Run,
    WorstRow,
)
from workbench.core import words
from workbench.core.model_cards import ModelCard
from workbench.core.proof_words import sentence
from workbench.report import card_input_words, figures

Facts = list[tuple[str, str]]
"""Names with what there is to say of them; those without a word are left out."""

_SHOWN_CLASSES = 12
_SHOWN_FILES = 6
_SHOWN_CHANGED = 4
_ABOUT_RUN = ("git.", "package.")
UNWRITTEN = (
    "Nobody wrote down what it is for. What `intended_use` under `[models.{model}]` in workbench.toml "
    "says stands here."
)


def headline(card: ModelCard) -> str:
    """What it is, how good, and whether it serves: `late@v9: ROC AUC 0.6965, champion`."""
    parts = [_reached(card), words.listed([one.alias for one in card.held])]
    told = ", ".join(part for part in parts if part)
    return f"{card.version.label}: {told}" if told else card.version.label


def _reached(card: ModelCard) -> str:
    best = card.primary
    return "" if best is None else f"{figures.metric_name(best.key)} {words.metric(best.value)}"


def warnings(version: ModelVersion) -> list[str]:
    """What must be known before anything else: a failed proof, and why it serves all the same."""
    found = []
    if not version.parity.passed:
        found.append(f"{sentence(version.parity)}.")
    if version.override:
        found.append(f"its failed proof was overridden: {version.override}")
    return found


def standing(card: ModelCard) -> Facts:
    """Who it is, in a few facts."""
    version = card.version
    return _told(
        ("task", _task(card)),
        (
            "registered",
            f"{figures.moment(version.created_at)} by {version.created_by or 'somebody'}",
        ),
        ("made of", _made_of(card)),
        ("trained on", _rows(version.train, card.training_rows)),
        ("tested on", _rows(card.run.test if card.run else "", card.test_rows)),
        ("proof", proof_short(version.parity)),
    )


def aliases(card: ModelCard) -> list[str]:
    """A line an alias: since when it points here, who moved it, and why."""
    lines = []
    for one in card.held:
        since = f" since {figures.moment(one.since)}" if one.since else ""
        by = f", by {one.who}" if one.who else ""
        lines.append(f"{one.alias}{since}{by}{f': {one.why}' if one.why else ''}")
    return lines


def _task(card: ModelCard) -> str:
    signature = card.version.signature
    if not signature.classes:
        return signature.task
    return f"{signature.task}: {words.listed(signature.classes, most=_SHOWN_CLASSES)}"


def _made_of(card: ModelCard) -> str:
    run = card.run
    return card.version.source if run is None else f"{run.label}, {run.model.rpartition('.')[2]}"


def _rows(where: str, amount: int | None) -> str:
    return ", ".join(filter(None, [where, "" if amount is None else words.plural(amount, "row")]))


def proof_short(parity: Parity) -> str:
    """Whether the graph answers as the model, in a few words."""
    if parity.reason:
        return f"✕ failed: {parity.reason}"
    verdict = "✓ passed" if parity.passed else "✕ failed"
    if parity.against == "itself":
        verdict += ", held against itself"
    return f"{verdict}: {words.plural(parity.rows, 'row')}, {words.plural(parity.flips, 'flip')}"


def origin(card: ModelCard) -> Facts:
    """Where it came from: rows, code, recipe, seed."""
    version, run = card.version, card.run
    data = words.versioned(version.dataset, version.version)
    if run is None:
        return _told(("file", version.source), ("proved on", data), ("trained on", version.train))
    return _told(
        ("run", f"{run.label} {run.name}, experiment {run.experiment}"),
        ("recipe", f"{run.recipe}: {run.model}" if run.recipe else run.model),
        ("data", data),
        ("trained on", _rows(run.train, card.training_rows)),
        ("event time", words.days(card.first_time, card.last_time)),
        ("tested on", _rows(run.test, card.test_rows)),
        (f"files that brought {data}", _files(card)),
        ("code", _code(run)),
        ("recipe's hash", run.source_hash[:16]),
        ("seed", str(run.seed)),
        ("started", f"{figures.moment(run.started_at)} by {run.created_by or 'somebody'}"),
        ("took", words.took(run.started_at, run.ended_at)),
        ("tags of the run", _pairs(run.tags)),
        ("note of the run", run.note),
    )


def _files(card: ModelCard) -> str:
    named = [f"{one.path} (sha256 {one.sha256[:12]})" for one in card.source_files]
    return words.listed(named, most=_SHOWN_FILES, total=card.source_count)


def _code(run: Run) -> str:
    commit = run.environment.get("git.commit")
    if commit is None:
        return "no git checkout"
    if not run.environment.get("git.dirty"):
        return f"commit {commit}, nothing uncommitted"
    difference = str(run.environment.get("git.diff_sha256", ""))[:12]
    return f"commit {commit} with uncommitted changes" + (f" {difference}" if difference else "")


def params(run: Run) -> Facts:
    """The params of its run."""
    return [(name, str(value)) for name, value in sorted(run.params.items())]


def packages(run: Run) -> Facts:
    """The versions of what trained it."""
    return [
        (key.removeprefix("package."), str(value))
        for key, value in sorted(run.environment.items())
        if key.startswith("package.") or key == "python"
    ]


def machine(run: Run) -> Facts:
    """The rest of what its run noted of its surroundings."""
    return [
        (key, str(value))
        for key, value in sorted(run.environment.items())
        if not key.startswith(_ABOUT_RUN) and key != "python"
    ]


def measured(card: ModelCard) -> str:
    """On which rows its metrics are, in a sentence; empty where nobody knows."""
    if card.run is None:
        data = words.versioned(card.version.dataset, card.version.version)
        return f"On the rows of {data}, of which it may have learnt."
    return "" if card.test_rows is None else f"On {words.plural(card.test_rows, 'test row')}."


def proof(parity: Parity) -> Facts:
    """The figures of a proof."""
    if parity.reason:
        return _told(
            ("verdict", "✕ failed"), ("because", parity.reason), ("with", _pairs(parity.packages))
        )
    return _told(
        ("verdict", "✓ passed" if parity.passed else "✕ failed"),
        ("asked", _asked(parity)),
        (
            "largest difference",
            f"{words.number(parity.max_abs_diff)} (limit {card_input_words.plain_number(parity.limit, 3)})",
        ),
        ("99.9 % of the rows", f"differ by at most {words.number(parity.p999_abs_diff)}"),
        ("labels that flip", words.count(parity.flips)),
        ("asked alone too", words.plural(parity.single_rows, "row") if parity.single_rows else ""),
        ("with", _pairs(parity.packages)),
    )


def _asked(parity: Parity) -> str:
    real = parity.rows - parity.hostile_rows
    against = "" if parity.against == "model" else ", each held against its answer among others"
    return f"{words.plural(real, 'real row')} and {words.count(parity.hostile_rows)} made hostile{against}"


def hostile(parity: Parity) -> str:
    """The kinds of hostile rows with how many there were; empty for a proof of before."""
    kinds = [(kind, rows) for kind, rows in parity.kinds.items() if kind != "real"]
    return words.listed([f"{words.count(rows)} {kind}" for kind, rows in kinds])


def changed(row: WorstRow) -> str:
    """The values that were changed in a row; of a real row the first ones."""
    names = row.changed or tuple(row.values)
    shown = [f"{name} = {row.values.get(name) or 'missing'}" for name in names[:_SHOWN_CHANGED]]
    return words.listed(shown, total=len(names))


def scores(found: tuple[float | None, ...]) -> str:
    """An answer: one score, or one a class."""
    return ", ".join("not finite" if one is None else f"{one:.9g}" for one in found)


def verified(one: ModelVerification) -> str:
    """A proof that was repeated, in one line."""
    return f"{figures.moment(one.at)} by {one.who}: {proof_short(one.parity)}"


def not_said(card: ModelCard) -> str:
    """That nobody wrote down what it is for, and where to."""
    return UNWRITTEN.format(model=card.version.model)


def tags(card: ModelCard) -> str:
    """The tags of the version."""
    return _pairs(card.version.tags)


def _pairs(pairs: dict[str, str]) -> str:
    return ", ".join(f"{key} {value}" for key, value in sorted(pairs.items()))


def _told(*facts: tuple[str, str]) -> Facts:
    return list(_with_words(facts))


def _with_words(facts: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, str]]:
    return ((name, text) for name, text in facts if text not in {"", words.NOTHING})
