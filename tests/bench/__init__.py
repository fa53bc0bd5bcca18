"""Measurements, one module an area; `just bench [AREA]` runs them, the tests never do."""

from __future__ import annotations
