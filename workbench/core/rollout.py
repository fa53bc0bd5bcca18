"""Whether a canary does worse than the champion, however often somebody looks."""

from __future__ import annotations

import math

ALPHA = 0.05
"""How often a canary that does no worse may be found worse, over all looks together."""
TAU = 0.02
"""Differences of error rates that are looked for, as a standard deviation."""


def excess_errors(
    errors: int, requests: int, canary_errors: int, canary_requests: int, *, margin: float = 0.0
) -> float:
    """How strongly the counts speak for an error rate of the canary that differs by more than `margin`.

    A mixture likelihood ratio: it may be looked at after each request, and exceeds 1 / alpha by chance
    in at most alpha of all canaries that do as well as the champion.

    Args:
        errors: Failed requests of the champion.
        requests: All requests of the champion, failed ones included.
        canary_errors: Failed requests of the canary.
        canary_requests: All requests of the canary, failed ones included.
        margin: How much worse is still good enough.

    Returns:
        The ratio, 0 or more; 1 where the counts say nothing.

    Source: the mixture sequential probability ratio test of Robbins (1970), as Johari, Koomen, Pekelis and
    Walsh use it for two proportions in Always Valid Inference (2022).
    """
    if not requests or not canary_requests:
        return 1.0
    rate = (errors + canary_errors) / (requests + canary_requests)
    variance = rate * (1 - rate) * (1 / requests + 1 / canary_requests)
    if variance <= 0:
        return 1.0
    difference = canary_errors / canary_requests - errors / requests - margin
    spread = variance + TAU**2
    exponent = TAU**2 * difference**2 / (2 * variance * spread)
    return math.sqrt(variance / spread) * math.exp(min(exponent, 700.0))


def is_worse(
    errors: int, requests: int, canary_errors: int, canary_requests: int, *, margin: float = 0.0
) -> bool:
    """Whether the canary surely fails more often than the champion, by more than `margin`."""
    found = excess_errors(errors, requests, canary_errors, canary_requests, margin=margin)
    excess = canary_errors * requests - errors * canary_requests
    return found >= 1 / ALPHA and excess > margin * requests * canary_requests
