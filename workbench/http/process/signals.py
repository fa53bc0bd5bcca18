"""What becomes of SIGTERM and SIGINT while the endpoint's process ends: nothing more."""

from __future__ import annotations

import signal
import threading

_ENDING = (signal.SIGTERM, signal.SIGINT)


def outlive() -> None:
    """Lets neither signal end this process by itself; whoever has a loop handles them within it.

    The server ends its loop at a signal and then raises it once more: what was answered still has
    to reach the prediction log, so that second one must not end the process.
    """
    if _is_main():
        for number in _ENDING:
            signal.signal(number, lambda *_: None)


def ignore() -> None:
    """Has the process end as it is ending already, however often it is told to.

    Python gives a handler of its own back to the system before the last lines have run.
    """
    if _is_main():
        for number in _ENDING:
            signal.signal(number, signal.SIG_IGN)


def _is_main() -> bool:
    return threading.current_thread() is threading.main_thread()
