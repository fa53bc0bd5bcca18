"""Labels as they come: a line a request, on disk before anybody is told that they were kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from storage.appended.segments import Segment, folder_of
from storage.errors import StoreUnusable

SEGMENT_BYTES = 64 * 1024 * 1024
SEGMENT_S = 15 * 60.0
LINE_ROWS = 10_000

_encode = msgspec.json.Encoder().encode


class LabelWriter:
    """Appends labels to this process's segments; any thread may call."""

    def __init__(self, folder: Path) -> None:
        """Opens nothing yet.

        Args:
            folder: Where the labels of all models lie.
        """
        self._folder = folder
        self._lock = threading.Lock()
        self._segments: dict[str, Segment] = {}

    def append(
        self,
        model: str,
        *,
        key: Mapping[str, Sequence[Any]],
        labels: Sequence[str],
        times: Sequence[int],
        caller: str = "",
    ) -> None:
        """Keeps labels; they are on disk when this returns.

        Args:
            model: Whose predictions they judge.
            key: The columns that name the rows, each with a value a label.
            labels: Names of classes, or numbers as texts.
            times: When each came to be known, in microseconds since 1970; of one key the latest counts.
            caller: Who sent them.

        Raises:
            StoreUnusable: The disk is full; some of them may have been kept.
        """
        received = time.time_ns() // 1000
        lines = [
            b"%b\n"
            % _encode(
                {
                    "received": received,
                    "caller": caller,
                    "times": times[start : start + LINE_ROWS],
                    "key": {name: one[start : start + LINE_ROWS] for name, one in key.items()},
                    "labels": labels[start : start + LINE_ROWS],
                }
            )
            for start in range(0, len(labels), LINE_ROWS)
        ]
        with self._lock:
            try:
                segment = self._segment(model)
                segment.append(lines)
                segment.sync()
            except OSError as error:
                self._let_go(model)
                raise StoreUnusable(
                    f"The labels were not kept: {error.strerror}.",
                    "Make room on the disk, then send them again; those sent twice count once.",
                ) from error

    def close(self) -> None:
        """Lets go of the segments, which can be sealed then."""
        with self._lock:
            for model in tuple(self._segments):
                self._let_go(model)

    def _segment(self, model: str) -> Segment:
        segment = self._segments.get(model)
        if segment is not None:
            is_old = time.monotonic() - segment.begun_at >= SEGMENT_S
            if segment.size_bytes < SEGMENT_BYTES and not is_old:
                return segment
            self._let_go(model)
        self._segments[model] = Segment(folder_of(self._folder, model))
        return self._segments[model]

    def _let_go(self, model: str) -> None:
        segment = self._segments.pop(model, None)
        if segment is not None:
            with suppress(OSError):  # what was told to be kept is on disk already
                segment.close()
