"""Where a model came from, and the proof that it answers as the one that was trained."""

from __future__ import annotations

from collections.abc import Sequence

from storage.records import WorstRow
from workbench.core import words
from workbench.core.model_cards import ModelCard
from workbench.report import card_words, page, tables
from workbench.report.markup import Markup, join, prose, tag


def proof(card: ModelCard) -> Markup:
    """The section of the proof: its figures, the worst rows, and when it was repeated."""
    parity = card.version.parity
    kinds = card_words.hostile(parity)
    again = [tag("li", prose(card_words.verified(one))) for one in card.verifications]
    return page.section(
        "The proof that it answers as the trained model does",
        tables.facts(card_words.proof(parity)),
        page.paragraphs(f"Made hostile: {kinds}.") if kinds else Markup(),
        _worst(parity.worst),
        join([page.paragraphs("Repeated since:"), tag("ul", *again)]) if again else Markup(),
    )


def _worst(worst: Sequence[WorstRow]) -> Markup:
    rows = [
        (
            f"{one.kind}, row {words.count(one.row + 1)}",
            card_words.changed(one),
            card_words.scores(one.native),
            card_words.scores(one.onnx),
            words.number(one.difference),
            "✕ yes" if one.flipped else "no",
        )
        for one in worst
    ]
    heads = ("worst rows", "values", ">model", ">graph", ">difference", "label flips")
    return tables.table(heads, rows)


def origin(card: ModelCard) -> Markup:
    """The section of what made it: rows, code, params and packages, and how to make it again."""
    run = card.run
    parts = [tables.facts(card_words.origin(card))]
    if run is not None:
        for title, pairs in (
            ("Params", card_words.params(run)),
            ("Packages", card_words.packages(run)),
            ("Machine", card_words.machine(run)),
        ):
            if pairs:
                parts += [tag("h3", title), tables.facts(pairs)]
    parts.append(page.commands(_again(card)))
    return page.section("Where it came from, and how to make it again", *parts)


def _again(card: ModelCard) -> list[tuple[str, str]]:
    made = [(card.reproduce, "makes its run again and says what differs")]
    proved = (
        f"workbench model verify {card.version.label}",
        "proves its export again with the packages of today",
    )
    return [*(made if card.reproduce else []), proved]
