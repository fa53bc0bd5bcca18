"""Records as rows and lines: pure, so that a test reads them as text."""

from __future__ import annotations
