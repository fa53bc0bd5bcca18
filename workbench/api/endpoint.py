"""The endpoint as a whole: started and stopped."""

from __future__ import annotations

from workbench.api.handle import Handle


class EndpointCalls(Handle):
    """What can be done with the endpoint."""

    def start_endpoint(self, *, why: str) -> str:
        """Starts the endpoint, waits until it listens, and gives its address.

        Args:
            why: Why, in one sentence.
        """
        from workbench.services import endpoint_switch

        return endpoint_switch.start(self._context, why=why)

    def stop_endpoint(self, *, why: str) -> bool:
        """Stops the endpoint once it has answered what it has begun; False: it did not run.

        It stays down until it is started again, or the whole project is.

        Args:
            why: Why, in one sentence.
        """
        from workbench.services import endpoint_switch

        return endpoint_switch.stop(self._context, why=why)
