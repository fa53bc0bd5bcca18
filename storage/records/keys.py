"""Keys that open the endpoint: what is known of each, which is never the key itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class KeyScope(StrEnum):
    """What a key opens."""

    PREDICT = "predict"
    """Answers, what the models take and give, and labels."""
    ADMIN = "admin"
    """All of that, and how the endpoint is doing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as the catalog has it."""

    id: int
    name: str
    """Of one active key at most; a revoked one's may be given again."""
    prefix: str
    """The first characters, by which somebody recognises a key."""
    scope: KeyScope
    created_at: datetime
    created_by: str
    revoked_at: datetime | None = None
    """None: it opens the endpoint."""
    revoked_by: str | None = None
    last_used_at: datetime | None = None
    """To the minute; None: never."""

    @property
    def is_active(self) -> bool:
        """Whether it opens the endpoint."""
        return self.revoked_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key that was just made."""

    key: ApiKey
    text: str = field(repr=False)
    """What a caller shows; kept nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyHash:
    """What an active key is recognised by."""

    name: str
    scope: KeyScope
    digest: bytes = field(repr=False)
    """SHA-256 of the key's text."""
