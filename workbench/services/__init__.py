"""Use cases: read, compute, write in one transaction, return a record."""

from __future__ import annotations
