"""The sentences of the report, each made from the record alone."""

from __future__ import annotations

from collections import Counter

from storage.records import DriftVerdict
from workbench.core import words
from workbench.report import figures, summary
from workbench.report.summary import Contrast, Life

_NAMED = 4
"""Drifted columns that a sentence names."""
_ENDINGS = ("promoted", "rejected", "held", "failed", "open")


def headline(life: Life) -> str:
    """What happened to the model, in one or two sentences."""
    if not life.chapters:
        return f"{life.history.model.name} has no window yet; {_serving(life)}."
    amount = words.plural(len(life.chapters), "month" if life.is_monthly else "window")
    first = f"{amount}, {_challengers(life)}; {_serving(life)}."
    return f"{first} {_performance(life)}"


def standfirst(life: Life) -> str:
    """Where serving later versions paid and where it cost, and what is not known yet; may be empty."""
    return " ".join(filter(None, (_compared(life), _since_the_last_window(life))))


def byline(life: Life, project: str) -> str:
    """Which model, where it lives, and over what it was watched."""
    parts = [f"Model {life.history.model.name}"]
    if project:
        parts.append(f"project {project}")
    if life.chapters:
        versions = [one.window.version for one in life.chapters]
        starts = [one.first_time for one in versions if one.first_time]
        ends = [one.last_time for one in versions if one.last_time]
        parts += [words.days(min(starts), max(ends))] if starts and ends else []
        parts.append(words.plural(life.rows, "row"))
    return ", ".join(parts)


def drift(life: Life) -> str:
    """Which columns drifted how often."""
    compared = [one.window.report.comparison for one in life.chapters if one.window.report]
    often = Counter(column.name for each in compared for column in each.drifted)
    if not compared:
        return "No window has been compared with the rows a version was trained on."
    if not often:
        short = sum(1 for each in compared if each.verdict is DriftVerdict.INSUFFICIENT)
        too_few = f" {words.plural(short, 'window')} had too few rows to say." if short else ""
        return f"No column drifted in {words.plural(len(compared), 'window')}.{too_few}"
    return f"Of {words.plural(len(compared), 'window')}, {_often(often)}."


def left_out(life: Life) -> str:
    """That older windows are not shown; empty when all are."""
    missing = len(life.chapters) - len(life.shown)
    if missing == 0:
        return ""
    verb = "is" if missing == 1 else "are"
    return (
        f"The newest {len(life.shown)} windows are shown; {words.plural(missing, 'older one')} "
        f"{verb} counted in the headline and left out here."
    )


def _often(often: Counter[str]) -> str:
    """`temp drifted in 7, dewp in 4 and 2 more columns in at most 4`."""
    ranked = often.most_common()
    (first, most), shown = ranked[0], ranked[:_NAMED]
    named = [f"{figures.cut(first)} drifted in {most}"]
    named += [f"{figures.cut(name)} in {amount}" for name, amount in shown[1:]]
    if len(ranked) > _NAMED:
        more = words.plural(len(ranked) - _NAMED, "more column")
        named.append(f"{more} in at most {shown[-1][1]}")
    return words.listed(named)


def _challengers(life: Life) -> str:
    trained = life.challengers
    if not life.outcomes:
        return "no challenger trained"
    parts = [f"{words.plural(trained, 'challenger') if trained else 'no challenger'} trained"]
    parts += [_ended(life.outcomes[one], one) for one in _ENDINGS if life.outcomes[one]]
    return ", ".join(parts)


def _ended(amount: int, outcome: str) -> str:
    """`7 promoted`; a cycle that failed or is open may have trained no challenger to speak of."""
    if outcome in {"failed", "open"}:
        return f"{words.plural(amount, 'cycle')} {outcome}"
    return f"{amount} {outcome}"


def _serving(life: Life) -> str:
    return f"{life.champion.label} serves" if life.champion else "no version serves"


def _performance(life: Life) -> str:
    average, compared = summary.average(life), summary.contrasts(life)
    if average is None:
        return _not_compared(life)
    verb = "was" if len(compared) == 1 else "averaged"
    text = f"{life.metric} {verb} {life.figure(average.served)}"
    if average.is_same:
        return f"{text}; {life.frozen_label} served throughout."
    text += f" against {life.figure(average.frozen)} had {life.frozen_label} been left alone"
    if len(compared) == 1:
        return f"{text}."
    return f"{text}; in {compared[-1].name} it was {_pair(life, compared[-1])}."


def _not_compared(life: Life) -> str:
    if any(one.served or one.frozen for one in life.chapters):
        return "No window has the performance of both the served and the first version."
    return "How well it did is not known: no window has been measured, for lack of labels."


def _compared(life: Life) -> str:
    """On how many windows later versions did better or worse than the first."""
    later = [one for one in summary.contrasts(life) if not one.is_same]
    if not later or life.larger_is_better is None:
        return ""
    ahead = sorted((one for one in later if one.advantage > 0), key=lambda one: -one.advantage)
    behind = sorted((one for one in later if one.advantage < 0), key=lambda one: one.advantage)
    sides = [
        _side(life, word, found)
        for word, found in (("better than it", ahead), ("worse than it", behind))
        if found
    ]
    told = "; ".join(sides) or "no better and no worse than it"
    windows = words.plural(len(later), "window")
    return f"Later versions than {life.frozen_label} answered {windows}: {told}."


def _side(life: Life, word: str, found: list[Contrast]) -> str:
    """On how many windows it was better or worse, most where, and whether the intervals say so too."""
    clear = sum(1 for one in found if one.is_clear)
    most = f"{found[0].name} ({_pair(life, found[0])}"
    if len(found) == 1:
        return f"{word} in {most}, the 95 % intervals {'lie apart' if clear else 'overlap'})"
    overlap = f"lie apart in {clear if clear < len(found) else 'all'} of them"
    if clear == 0:
        overlap = "overlap in all of them"
    return f"{word} in {len(found)}, most in {most}; the 95 % intervals {overlap})"


def _since_the_last_window(life: Life) -> str:
    """How what serves now came to serve after the last window, and that nothing measured it since."""
    champion = life.champion
    if champion is None or not life.chapters:
        return ""
    sentences = []
    if champion.number != life.chapters[-1].window.serving:
        sentences.append(
            f"{champion.label} was made champion outside a cycle after the last window."
        )
    if champion.number not in {one.served.model_version for one in life.chapters if one.served}:
        sentences.append(f"How {champion.label} does in service has not been measured yet.")
    return " ".join(sentences)


def _pair(life: Life, one: Contrast) -> str:
    return f"{life.figure(one.served)} against {life.figure(one.frozen)}"
