"""Who answers a model's requests."""

from __future__ import annotations

from datetime import datetime

from storage.records import ModelRouting, Routing, ShadowAgreement
from workbench.api.handle import Handle


class RoutingCalls(Handle):
    """Shares of a model's requests, by alias."""

    def routings(self) -> tuple[ModelRouting, ...]:
        """Who answers for each model, by the model's name."""
        from workbench.services import routing

        return routing.routings(self._context)

    def routing(self, model: str) -> ModelRouting:
        """Who answers for a model.

        Raises:
            NotFound: There is no such model.
        """
        from workbench.services import routing

        return routing.routing(self._context, model)

    def set_routing(
        self, model: str, wanted: Routing, *, why: str, expected: Routing | None = None
    ) -> ModelRouting:
        """Lets others answer a model's requests; a running endpoint follows a moment later.

        Args:
            model: The model.
            wanted: Weights by alias, shadows, and what keeps a caller with one version; where the
                champion has no weight, it has what is left of 100.
            why: Why, in one sentence.
            expected: What it was when you looked; None: whatever it is.

        Raises:
            NotFound: There is no such model, or it has no such alias.
            UsageError: The shares are none, or nothing can stick by such a value.
            PromotionRefused: A version cannot answer what is sent to the champion, or its proof failed.
            Conflict: Somebody else has changed it; nothing was changed now.
        """
        from workbench.services import routing

        return routing.set_routing(self._context, model, wanted, expected=expected, why=why)

    def shadow_agreement(
        self, model: str, *, since: datetime | None = None
    ) -> tuple[ShadowAgreement, ...]:
        """How each shadow of a model compares with each version whose requests it was asked too.

        Args:
            model: Whose shadows.
            since: Only requests that came at or after this time; None: all that the log kept.

        Raises:
            NotFound: There is no such model.
        """
        from workbench.services import shadow_agreement

        return shadow_agreement.of_model(self._context, model, since=since)
