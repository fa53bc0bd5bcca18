"""What the demo found, month by month: for the table, and for a program that reads it."""

from __future__ import annotations

from dataclasses import dataclass

from storage.records import CycleState, HistoryWindow, ModelHistory, Parity
from workbench.demo.traffic import Tally

DECISIONS = {
    CycleState.OPEN: "open",
    CycleState.PROMOTED: "promoted",
    CycleState.REJECTED: "rejected",
    CycleState.HELD: "held",
    CycleState.FAILED: "failed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drifted:
    """A column that drifted."""

    name: str
    effect: float
    limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What one month brought."""

    month: str
    rows: int
    drifted: tuple[Drifted, ...]
    auc_frozen: float | None
    auc_champion: float | None
    decision: str
    reason: str
    champion_version: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """What the outside world asked."""

    sent: int
    failed: int
    rows: int
    first_failure: str | None
    """Why the first one failed; None when none did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The weakest parity proof among all versions."""

    max_abs_diff: float
    flips: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The demo in figures."""

    months: tuple[Month, ...]
    requests: Requests
    parity: Proof
    seconds: float
    report: str


def month_of(window: HistoryWindow, *, month: str) -> Month:
    """A month as the store remembers it."""
    drifted = window.report.comparison.drifted if window.report else ()
    cycle = window.cycle
    return Month(
        month=month,
        rows=window.version.rows_added,
        drifted=tuple(
            Drifted(name=one.name, effect=round(one.effect, 4), limit=round(one.limit, 4))
            for one in drifted
        ),
        auc_frozen=window.frozen.value if window.frozen else None,
        auc_champion=window.champion.value if window.champion else None,
        decision=DECISIONS[cycle.state] if cycle else "none",
        reason=_reason(window),
        champion_version=window.serving,
    )


def proof_of(history: ModelHistory) -> Proof:
    """The largest difference and the number of flips over all versions."""
    proofs: list[Parity] = [version.parity for version in history.versions]
    return Proof(
        max_abs_diff=max((proof.max_abs_diff for proof in proofs), default=0.0),
        flips=sum(proof.flips for proof in proofs),
    )


def requests_of(tallies: list[Tally]) -> Requests:
    """All requests together."""
    return Requests(
        sent=sum(tally.sent for tally in tallies),
        failed=sum(tally.failed for tally in tallies),
        rows=sum(tally.rows for tally in tallies),
        first_failure=next((one.first_failure for one in tallies if one.first_failure), None),
    )


def _reason(window: HistoryWindow) -> str:
    if window.cycle is not None and window.cycle.outcome is not None:
        return window.cycle.outcome
    if window.report is not None:
        return window.report.decision
    return ""
