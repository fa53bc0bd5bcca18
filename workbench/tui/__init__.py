"""The terminal UI."""

from __future__ import annotations
