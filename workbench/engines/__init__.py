"""Heavy machinery: fit, export, infer, child processes; never touches the store."""

from __future__ import annotations
