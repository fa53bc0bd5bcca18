"""Where a thing came from and what came of it, as two trees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Noun = Literal[
    "model version",
    "run",
    "study",
    "dataset version",
    "file",
    "code",
    "environment",
    "params",
    "proof",
    "review",
    "cycle",
    "alias",
    "predictions",
    "drift report",
    "evaluation",
    "more",
]
"""What a place in the tree is; `more`: a count of what is not drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageNode:
    """A thing in the tree, with what it was made of, or what came of it."""

    noun: Noun
    label: str
    """How people name it: `late@v7`, `r12`, `flights@v3`; empty for what has no name."""
    text: str = ""
    """What is to be known of it, in one line."""
    children: tuple[LineageNode, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """Both trees of one thing; their roots are the thing itself."""

    label: str
    origins: LineageNode
    """Below it what it was made of."""
    descendants: LineageNode
    """Below it what came of it."""
