"""One of several processes that answer: started by their parent, at a socket that the parent made."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from workbench.engines import instance
from workbench.http.process import answering as process
from workbench.http.process import signals
from workbench.http.process.opening import opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a parent tells a process that is to answer."""

    project: str
    slot: int
    """Which of the processes it is, from 0 on."""
    listener: int
    """Descriptor of the socket where it answers."""
    ready: int
    """Descriptor of a pipe: closed after one byte once it answers."""
    host: str
    workers: int

    def command(self) -> tuple[str, ...]:
        """The command that carries it out."""
        return (sys.executable, "-m", __name__, json.dumps(asdict(self)))


def main(arguments: Sequence[str]) -> int:
    """Answers until SIGTERM, SIGINT or the parent's end.

    Args:
        arguments: An order as JSON.

    Returns:
        The exit code of the process.
    """
    order = Order(**json.loads(arguments[0]))
    instance.end_with_supervisor()
    context = opened(Path(order.project), host=order.host, workers=order.workers)

    def accepts() -> None:
        os.write(order.ready, b".")
        os.close(order.ready)

    try:
        with socket.socket(fileno=order.listener) as listener:
            listener.setblocking(False)  # noqa: FBT003 - the library's own signature
            process.serve(context, listener, slot=order.slot, accepts=accepts)
    finally:
        context.store.close()
    signals.ignore()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
