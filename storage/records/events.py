"""What happened, in order, and what somebody should look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How loud an event or alert is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class AlertState(StrEnum):
    """Whether an alert still asks for somebody."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event to append."""

    kind: str
    """Dotted: `version.current`, `alias.moved`."""
    subject: str
    """What it is about: `late@v7`."""
    message: str
    """One sentence for people."""
    severity: Severity = Severity.INFO
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event as the catalog has it; ids grow and are never given twice."""

    id: int
    at: datetime
    kind: str
    subject: str
    message: str
    severity: Severity
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAlert:
    """An alert to raise; the same key again counts up instead of raising a second one."""

    key: str
    severity: Severity
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert as the catalog has it."""

    id: int
    key: str
    severity: Severity
    title: str
    text: str
    state: AlertState
    count: int
    first_at: datetime
    last_at: datetime
    acknowledged_by: str | None
