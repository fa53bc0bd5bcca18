"""Keys that open the endpoint."""

from __future__ import annotations

from storage.records import ApiKey, KeyScope, NewKey
from workbench.api.handle import Handle


class KeyCalls(Handle):
    """Who may ask the endpoint."""

    def api_keys(self) -> tuple[ApiKey, ...]:
        """Every key, the active ones first; the texts are kept nowhere."""
        with self._context.store.read() as tx:
            return tx.keys.all()

    def add_key(self, name: str, *, scope: str = KeyScope.PREDICT) -> NewKey:
        """A new key for the endpoint.

        Args:
            name: Who or what will use it.
            scope: `predict`: answers, metadata and labels; `admin`: also how the endpoint is doing.

        Returns:
            The key with its text, which can be read here alone.

        Raises:
            UsageError: The name cannot be shown in one line, or there is no such scope.
            AlreadyExists: An active key is called so.
        """
        from workbench.services import keys

        return keys.add(self._context, name, scope=scope)

    def revoke_key(self, name: str) -> ApiKey:
        """Ends a key; a running endpoint refuses it a moment later.

        Raises:
            NotFound: No active key is called so.
        """
        from workbench.services import keys

        return keys.revoke(self._context, name)
