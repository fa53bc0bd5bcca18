from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from storage.store import Store
from tests.storage.examples import Clock

Statement = tuple[str, Any]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    opened = Store.create(tmp_path, program="test", clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def recorded(store: Store) -> Callable[[], Any]:
    """Records the statements that are sent to the catalog within a block."""

    @contextmanager
    def recording() -> Iterator[list[Statement]]:
        sent: list[Statement] = []

        def listener(*call: Any) -> None:
            sent.append((call[2], call[3]))

        event.listen(store._engine, "before_cursor_execute", listener)
        try:
            yield sent
        finally:
            event.remove(store._engine, "before_cursor_execute", listener)

    return recording
