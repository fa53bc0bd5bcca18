"""HTML made from records."""

from __future__ import annotations
