"""The parent of several processes that answer at one port: starts them, starts again what dies, ends all.

Each process has a socket of its own at the shared address, among which the kernel spreads new
connections evenly; from one shared socket, whichever process is awake would take nearly all. The
parent holds the sockets open too, so that who connects while a process is started again waits a
moment and is not refused.
"""

from __future__ import annotations

import os
import select
import socket
import subprocess
import time
from collections.abc import Sequence

from storage.records import NewEvent, Severity
from workbench.engines.instance import PARENT_PID, Instance, name_process
from workbench.engines.processes import say, stopped_by_signals
from workbench.http.process import listening, signals
from workbench.http.process.draining import DRAIN_S
from workbench.http.process.worker import Order
from workbench.services.context import Context

LOOK_S = 0.1
FIRST_DELAY_S = 0.2
LONGEST_DELAY_S = 30.0
HEALTHY_S = 60.0
"""A process that lived this long is started again as if none had died before."""
PATIENCE_S = 1.0
"""A process that stays away for longer leaves nobody waiting at its socket."""


def run(context: Context, held: Instance) -> None:
    """Keeps the processes answering until SIGTERM or SIGINT; then ends them, and returns.

    Must be called from the main thread, with which the processes end.

    Args:
        context: The project.
        held: Says where they answer, and under which ids.

    Raises:
        AddressUnusable: The port is taken, or the host is not one of this machine.
    """
    name_process("wb-serve-all")
    serve = context.config.serve
    # Alone first: a shared address would be given even where another project answers already.
    with listening.listen(serve.host, serve.port) as probe:
        port = probe.getsockname()[1]
    places = [Place(context, slot, port) for slot in range(serve.workers)]
    parent = Workers(context, held, places)
    signals.outlive()
    with stopped_by_signals(parent.stop):
        parent.work()


class Place:
    """A place among the processes: its socket, and whichever process answers there now."""

    def __init__(self, context: Context, slot: int, port: int) -> None:
        self.slot = slot
        self._context = context
        self._port = port
        self._listener: socket.socket | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._ready: int | None = None
        self._failures = 0
        self._started_at = 0.0
        self._start_at = 0.0
        self.answers = False
        """Whether its process has begun to answer."""
        self.listen()

    @property
    def pid(self) -> int | None:
        """Its process; None while there is none."""
        return None if self._child is None else self._child.pid

    @property
    def address(self) -> str:
        """Where a program on this machine reaches it."""
        return listening.address_of(self.listen())

    def listen(self) -> socket.socket:
        """Its socket, at which the kernel keeps callers waiting from now on."""
        if self._listener is None:
            host = self._context.config.serve.host
            self._listener = listening.listen(host, self._port, is_shared=True)
            self._listener.listen(listening.backlog())
        return self._listener

    def tend(self) -> str | None:
        """Starts its process when that is due; one sentence when something happened, else None."""
        if self._child is None:
            return self._start() if time.monotonic() >= self._start_at else None
        exit_code = self._child.poll()
        if exit_code is None:
            return f"Process {self.pid} answers." if self._has_begun() else None
        return self._plan(exit_code)

    def end(self) -> None:
        """Lets no caller in any more, and tells its process to end."""
        self._hang_up()
        if self._child is not None:
            self._child.terminate()

    def kill(self) -> None:
        """Ends its process at once."""
        if self._child is not None:
            self._child.kill()

    def has_ended(self) -> bool:
        """Whether its process is gone."""
        return self._child is None or self._child.poll() is not None

    def _start(self) -> str:
        serve = self._context.config.serve
        listener = self.listen()
        self._ready, ready = os.pipe()
        order = Order(
            project=str(self._context.project_dir),
            slot=self.slot,
            listener=listener.fileno(),
            ready=ready,
            host=serve.host,
            workers=serve.workers,
        )
        try:
            self._child = subprocess.Popen(  # noqa: S603 - this program
                order.command(),
                stdin=subprocess.DEVNULL,
                env={**os.environ, PARENT_PID: str(os.getpid())},
                pass_fds=(order.listener, order.ready),
            )
        finally:
            os.close(ready)
        self._started_at = time.monotonic()
        return f"Process {self._child.pid} starts, {self.slot + 1} of {serve.workers}."

    def _has_begun(self) -> bool:
        if self._ready is None or not select.select([self._ready], [], [], 0)[0]:
            return False
        self.answers = os.read(self._ready, 1) == b"."
        self._forget_pipe()
        return self.answers

    def _plan(self, exit_code: int) -> str:
        assert self._child is not None
        pid, self._child = self._child.pid, None
        self.answers = False
        self._forget_pipe()
        if time.monotonic() - self._started_at >= HEALTHY_S:
            self._failures = 0
        delay_s = min(FIRST_DELAY_S * 2 ** min(self._failures, 16), LONGEST_DELAY_S)
        self._failures += 1
        self._start_at = time.monotonic() + delay_s
        if delay_s > PATIENCE_S:
            self._hang_up()
        how = f"by signal {-exit_code}" if exit_code < 0 else f"with exit code {exit_code}"
        return f"Process {pid} of the endpoint ended {how}; another starts in {delay_s:.3g} s."

    def _hang_up(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def _forget_pipe(self) -> None:
        if self._ready is not None:
            os.close(self._ready)
            self._ready = None


class Workers:
    """The parent's loop over its places."""

    def __init__(self, context: Context, held: Instance, places: Sequence[Place]) -> None:
        self._context = context
        self._held = held
        self._places = places
        self._address = places[0].address
        self._is_stopping = False

    def stop(self) -> None:
        """Ends all processes."""
        self._is_stopping = True

    def work(self) -> None:
        """Keeps the processes running until it is stopped."""
        try:
            while not self._is_stopping:
                self._tend()
                time.sleep(LOOK_S)
        finally:
            self._end()

    def _tend(self) -> None:
        happened = [sentence for place in self._places if (sentence := place.tend())]
        if not happened:
            return
        say("\n".join(happened))
        self._publish()
        ended = [sentence for sentence in happened if " ended " in sentence]
        if ended:
            with self._context.store.write(is_lasting=False) as tx:
                tx.events.add(*map(_ended, ended))

    def _publish(self) -> None:
        answers = any(place.answers for place in self._places)
        self._held.publish(
            address=self._address if answers else None,
            pids=[place.pid for place in self._places if place.pid is not None],
        )

    def _end(self) -> None:
        for place in self._places:
            place.end()
        # Each ends by itself within the time that draining may take.
        deadline = time.monotonic() + DRAIN_S + 1
        while not all(place.has_ended() for place in self._places):
            if time.monotonic() > deadline:
                for place in self._places:
                    place.kill()
            time.sleep(LOOK_S / 2)


def _ended(sentence: str) -> NewEvent:
    return NewEvent(
        kind="endpoint.process_ended",
        subject="endpoint",
        message=sentence,
        severity=Severity.WARNING,
    )
