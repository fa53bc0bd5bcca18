"""Bars and histograms drawn in eighths of a character cell."""

from __future__ import annotations

from collections.abc import Sequence

RISING = " ▁▂▃▄▅▆▇█"
GROWING = " ▏▎▍▌▋▊▉█"


def bar(share: float, width: int) -> str:
    """A bar to the right that fills a share of `width` cells; what is there at all shows."""
    eighths = round(min(1.0, max(0.0, share)) * width * 8)
    eighths = max(eighths, 1) if share > 0 else eighths
    return "█" * (eighths // 8) + (GROWING[eighths % 8] if eighths % 8 else "")


def sparkline(weights: Sequence[float]) -> str:
    """Weights as bars beside each other, one line high; the largest fills its cell."""
    return histogram(weights, 1)[0]


def histogram(weights: Sequence[float], height: int) -> list[str]:
    """Weights as bars beside each other, as lines from the top down; the largest fills the height."""
    top = max(weights, default=0.0)
    eighths = [round(weight / top * height * 8) if top else 0 for weight in weights]
    eighths = [
        max(1, at) if weight > 0 else at for weight, at in zip(weights, eighths, strict=True)
    ]
    return [
        "".join(RISING[max(0, min(8, at - line * 8))] for at in eighths)
        for line in range(height - 1, -1, -1)
    ]
