"""How the shadows of a model compare with what was answered, from the prediction log."""

from __future__ import annotations

from datetime import datetime

from storage.predictions.comparing import shadow_agreement
from storage.records import ShadowAgreement
from workbench.services.context import Context


def of_model(
    context: Context, model: str, *, since: datetime | None = None
) -> tuple[ShadowAgreement, ...]:
    """How each shadow compares with each version whose requests it was asked too, newest versions first.

    Args:
        context: The project.
        model: Whose shadows.
        since: Only requests that came at or after this time; None: all that the log kept.

    Raises:
        NotFound: There is no such model.
    """
    with context.store.read() as tx:
        tx.models.get(model)
        versions = tx.models.newest(model)
    is_regression = any(one.signature.task == "regression" for one in versions)
    return shadow_agreement(
        context.store.frames,
        context.store.layout.predictions,
        model,
        since=since,
        limits={one.number: one.parity.limit for one in versions} if is_regression else None,
    )
