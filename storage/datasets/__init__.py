"""Datasets, their versions and the partitions that versions are made of."""

from __future__ import annotations

from storage.datasets.repository import Datasets

__all__ = ["Datasets"]
