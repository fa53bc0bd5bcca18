"""Requests that are too long for the event loop: answered on a thread, so many and no more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from workbench.http.bodies import RETRY
from workbench.http.replies import Refused

T = TypeVar("T")


class LongRequests:
    """Answers one request after another: several at once would share the same cores and need more memory."""

    def __init__(
        self,
        *,
        most_waiting: int,
        timeout_s: float,
        waits: Callable[[int], None] = lambda _waiting: None,
    ) -> None:
        """Starts no thread before the first request.

        Args:
            most_waiting: How many may wait for an answer.
            timeout_s: How long one may wait for it.
            waits: Told how many do, whenever that changes.
        """
        self._most_waiting = most_waiting
        self._timeout_s = timeout_s
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="long-request")
        self._waits = waits
        self._waiting = 0

    async def answer(self, ask: Callable[[], T]) -> T:
        """What `ask` gives, called on the thread.

        Raises:
            Refused: Too many wait already, or the answer did not come in time.
        """
        if self._waiting >= self._most_waiting:
            raise Refused(
                429,
                f"{self._waiting} requests wait for an answer already. Ask again in a second.",
                headers=RETRY,
            )
        self._count(1)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await asyncio.get_running_loop().run_in_executor(self._thread, ask)
        except TimeoutError:
            raise Refused(
                503,
                f"The answer did not come within {self._timeout_s:g} s. Send fewer rows at once, "
                "or ask again later.",
                headers=RETRY,
            ) from None
        finally:
            self._count(-1)

    def close(self) -> None:
        """Returns once no request is being answered."""
        self._thread.shutdown()

    def _count(self, more: int) -> None:
        self._waiting += more
        self._waits(self._waiting)
