"""One screen a mode."""

from __future__ import annotations
