"""The prediction endpoint."""

from __future__ import annotations
