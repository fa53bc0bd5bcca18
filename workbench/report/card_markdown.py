"""A model card as Markdown: the same words as on its page, curves as figures, distributions as small bars."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage.records import Evaluation, GateReview, WorstRow
from workbench.core import words
from workbench.core.curves import Confusion, Residuals
from workbench.core.model_cards import ModelCard, Spread
from workbench.core.run_figures import RunFigures
from workbench.report import card_input_words, card_words, figures
from workbench.report.card_words import Facts
from workbench.report.markdown import code, fence, items, paragraph, plain, section, table

SHOWN_EVALUATIONS = 24
SHOWN_REVIEWS = 3
SHOWN_SLICES = 40
_EIGHTHS = " ▁▂▃▄▅▆▇█"


def markdown(card: ModelCard, *, made_at: datetime) -> str:
    """The whole card.

    Args:
        card: The card.
        made_at: When it is written; stands in it.
    """
    parts = [
        *_head(card, made_at),
        _purpose(card),
        section("Known limits", items(_limits(card)) or "The checks found none."),
        _metrics(card),
        *(_drawn(card.figures) if card.figures else []),
        section("What the model looks at", _importances(card)),
        section("What the gate said", *map(_review, card.reviews[:SHOWN_REVIEWS])),
        section("How it did on later rows", _evaluations(card.evaluations)),
        _inputs(card),
        _proof(card),
        _origin(card),
        section("How to ask it", *_calls(card)),
        section("What nobody knows", items([plain(one) for one in card.unknown])),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(card: ModelCard, made_at: datetime) -> list[str]:
    project = f"Project {plain(card.project)}: " if card.project else ""
    warned = [f"**Warning:** {plain(one)}" for one in card_words.warnings(card.version)]
    return [
        f"# {plain(card_words.headline(card))}",
        f"{project}model card, {figures.moment(made_at)}.",
        *(paragraph(one) for one in (card.description, card.verdict) if one),
        *warned,
        _facts(card_words.standing(card)),
    ]


def _purpose(card: ModelCard) -> str:
    written = [paragraph(line) for line in card.intended_use.split("\n") if line.strip()]
    version = card.version
    return section(
        "What it is for",
        *(written or [card_words.not_said(card)]),
        f"Note: {plain(version.note)}" if version.note else "",
        f"Tags: {plain(card_words.tags(card))}" if version.tags else "",
        items([plain(line) for line in card_words.aliases(card)]),
    )


def _limits(card: ModelCard) -> list[str]:
    return [f"**{one.kind}**: {plain(one.sentence)}" for one in card.limits]


def _metrics(card: ModelCard) -> str:
    rows = [
        (
            plain(figures.metric_name(one.key)) + (" (judges it)" if one.is_primary else ""),
            words.metric(one.value),
            words.interval(one.low, one.high),
            "" if one.baseline is None else words.metric(one.baseline),
        )
        for one in card.metrics
    ]
    heads = ("metric", ">value", ">95 % interval", ">baseline")
    tested = plain(card_words.measured(card)) if rows else ""
    return section("How good it is", tested, table(heads, rows) or "It has no metrics.")


def _drawn(found: RunFigures) -> list[str]:
    areas = [(f"ROC of {plain(one.label)}", words.metric(one.area)) for one in found.roc]
    areas += [
        (f"PR of {plain(one.label)}", words.metric(one.area)) for one in found.precision_recall
    ]
    bins = [
        (words.percent(one.confidence), words.percent(one.outcome), words.count(one.rows))
        for one in found.calibration
    ]
    return [
        section(
            "What the scores say",
            table(("curve", ">area"), areas),
            table((">said", ">came true", ">rows"), bins),
        ),
        section("How far it is off", _residuals(found.residuals)),
        section("What was taken for what", _confusion(found.confusion)),
        section("Slice by slice", _slices(found)),
        section("Cross-validation of the training rows", _folds(found)),
    ]


def _residuals(found: Residuals | None) -> str:
    if found is None:
        return ""
    rows = [
        (words.percent(at, 0), words.number(value))
        for at, value in zip(found.at, found.quantiles, strict=True)
    ]
    return table((">share of the rows", ">truth minus prediction is at most"), rows)


def _confusion(found: Confusion | None) -> str:
    if found is None:
        return ""
    heads = ("is", *(f">taken for {plain(name)}" for name in found.classes))
    rows = [
        (plain(name), *map(words.count, row))
        for name, row in zip(found.classes, found.rows, strict=True)
    ]
    return table(heads, rows)


def _slices(found: RunFigures) -> str:
    rows = [
        (
            plain(one.column),
            plain(one.value),
            words.count(one.rows),
            words.metric(one.metric),
            words.interval(one.low, one.high),
        )
        for one in found.slices[:SHOWN_SLICES]
    ]
    name = figures.metric_name(found.metric)
    return table(("column", "value", ">rows", f">{name}", ">95 % interval"), rows)


def _folds(found: RunFigures) -> str:
    rows = [
        (figures.metric_name(one.metric), words.metric(one.mean), words.metric(one.deviation))
        for one in found.folds
    ]
    return table(("metric", ">mean", ">standard deviation"), rows)


def _importances(card: ModelCard) -> str:
    rows = [
        (
            plain(one.column.name),
            words.percent(one.importance),
            "" if one.cost is None else words.number(one.cost.mean),
            ""
            if one.cost is None
            else f"{words.number(one.cost.low)} to {words.number(one.cost.high)}",
        )
        for one in sorted(card.inputs, key=lambda one: -(one.importance or 0.0))
        if one.importance is not None
    ]
    return table(("column", ">share", ">shuffled costs", ">95 % interval"), rows)


def _review(one: GateReview) -> str:
    decision = one.decision
    versus = "no champion" if one.champion is None else f"v{one.champion}"
    head = (
        f"v{one.challenger} against {versus} on {words.plural(decision.rows, 'row')} of "
        f"{plain(one.dataset)}@v{one.version}, {figures.moment(one.created_at)}: **{decision.verdict.value}**."
    )
    return "\n\n".join([head, items([plain(reason) for reason in decision.reasons])])


def _evaluations(found: Sequence[Evaluation]) -> str:
    rows = [
        (
            words.period(one.window_start, one.window_end),
            plain(words.versioned(one.dataset, one.version)),
            words.count(one.rows),
            words.metric(one.value),
            words.interval(one.low, one.high),
            one.role.value,
        )
        for one in found[:SHOWN_EVALUATIONS]
    ]
    name = figures.metric_name(found[0].metric) if found else ""
    return table(("window", "rows of", ">rows", f">{name}", ">95 % interval", "as"), rows)


def _inputs(card: ModelCard) -> str:
    rows = [
        (
            plain(one.column.name),
            card_input_words.type_of(one.column),
            plain(card_input_words.seen(one)),
            _bars(one.spread),
            card_input_words.missing(one),
            code(card_input_words.example(one)) if card.example else "",
        )
        for one in card.inputs
    ]
    heads = ("column", "takes", "seen in training", "distribution", ">missing", "example")
    told = (
        f"To the example row it answers {plain(card_input_words.answer(card.example))}."
        if card.example
        else ""
    )
    return section("What it takes, and what it learnt from", table(heads, rows), told)


def _bars(spread: Spread | None) -> str:
    """The distribution in characters: one a bar, then the share of all other values."""
    if spread is None:
        return ""
    shares = [one.share for one in spread.bars] or [one.share for one in spread.values]
    top = max(shares, default=0.0)
    if top <= 0:
        return ""
    drawn = [_EIGHTHS[max(1, round(8 * share / top))] if share > 0 else "▁" for share in shares]
    return "".join(drawn)


def _proof(card: ModelCard) -> str:
    parity = card.version.parity
    kinds = card_words.hostile(parity)
    again = items([plain(card_words.verified(one)) for one in card.verifications])
    return section(
        "The proof that it answers as the trained model does",
        _facts(card_words.proof(parity)),
        f"Made hostile: {kinds}." if kinds else "",
        _worst(parity.worst),
        f"Repeated since:\n\n{again}" if again else "",
    )


def _worst(worst: Sequence[WorstRow]) -> str:
    rows = [
        (
            f"{one.kind}, row {words.count(one.row + 1)}",
            plain(card_words.changed(one)),
            card_words.scores(one.native),
            card_words.scores(one.onnx),
            words.number(one.difference),
            "yes" if one.flipped else "no",
        )
        for one in worst
    ]
    heads = ("worst rows", "values", ">model", ">graph", ">difference", "label flips")
    return table(heads, rows)


def _origin(card: ModelCard) -> str:
    run = card.run
    again = (
        f"{code(card.reproduce)} makes its run again and says what differs."
        if card.reproduce
        else ""
    )
    named = (
        [("params", card_words.params(run)), ("packages", card_words.packages(run))] if run else []
    )
    tables = [
        table((name, "value"), [(plain(a), plain(b)) for a, b in pairs]) for name, pairs in named
    ]
    return section(
        "Where it came from, and how to make it again",
        _facts(card_words.origin(card)),
        *tables,
        again,
        f"{code(f'workbench model verify {card.version.label}')} proves its export again with the packages of today.",
    )


def _calls(card: ModelCard) -> list[str]:
    shown = [f"{one.title}:\n\n{fence(one.text, one.language)}" for one in card.calls]
    return ["The endpoint answers with whichever version is champion.", *shown]


def _facts(pairs: Facts) -> str:
    return items([f"{plain(name)}: {plain(text)}" for name, text in pairs])
