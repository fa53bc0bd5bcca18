"""Experiments and their runs: params, metrics step by step, artifacts, and how runs are found."""

from __future__ import annotations

from storage.runs.repository import Runs

__all__ = ["Runs"]
