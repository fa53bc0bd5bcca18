"""What the jobs of these tests do, in a child process of a worker."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

from storage.errors import NotFound
from storage.records import NewEvent
from workbench.errors import TrainingFailed
from workbench.services.context import Context

KINDS = {
    name: f"tests.worker.jobs:{name}"
    for name in (
        "nothing",
        "remember",
        "conclude",
        "misname",
        "stumble",
        "misread",
        "crash",
        "vanish",
        "kill_itself",
        "leave_early",
        "wait",
        "ignore_sigterm",
        "with_grandchild",
        "eat_memory",
        "speak",
        "limit",
        "threads",
        "configured",
    )
} | {"missing": "tests.worker.jobs:no_such_function"}


def _mark(path: str, text: str) -> None:
    # Whoever waits for the file finds all of it.
    partial = Path(f"{path}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def nothing(context: Context) -> None:
    del context


def remember(context: Context, *, word: str) -> None:
    with context.write() as tx:
        tx.events.add(NewEvent(kind="test", subject=word, message=context.who))


def conclude(context: Context, *, n: int) -> None:
    with context.conclude({"n": n}) as tx:
        tx.events.add(NewEvent(kind="test", subject=str(n), message="concluded"))


def misname(context: Context) -> None:
    del context
    raise NotFound.named("dataset", "loan", known=["loans"])


def stumble(context: Context, *, path: str) -> None:
    """Raises until it has been tried twice."""
    del context
    tried = Path(path)
    if not tried.exists():
        tried.touch()
        raise ValueError("the first attempt always stumbles\nand says more")


def crash(context: Context) -> None:
    del context
    os._exit(3)


def vanish(context: Context) -> None:
    """Ends well without a word."""
    del context
    os._exit(0)


def kill_itself(context: Context) -> None:
    del context
    os.kill(os.getpid(), signal.SIGKILL)


def leave_early(context: Context) -> None:
    del context
    sys.exit(1)


def wait(context: Context, *, path: str) -> None:
    """Says who it is, then waits until it is ended or let go; ends at once the second time."""
    del context
    if not Path(path).exists():
        _mark(path, str(os.getpid()))
        while not Path(f"{path}.go").exists():
            time.sleep(0.01)


def ignore_sigterm(context: Context, *, path: str) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    wait(context, path=path)


def with_grandchild(context: Context, *, path: str) -> None:
    """Leaves a process behind in its group."""
    del context
    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    _mark(path, str(left.pid))
    left.returncode = 0  # it is meant to be left


def misread(context: Context) -> None:
    del context
    try:
        int("seven")
    except ValueError as error:
        raise TrainingFailed("The recipe counts in words.") from error


def eat_memory(context: Context) -> None:
    del context
    bytearray(1 << 40)


def speak(context: Context) -> None:
    del context
    print("from Python")  # noqa: T201
    os.write(1, b"from the descriptor\n")
    print("an error", file=sys.stderr)  # noqa: T201


def limit(context: Context) -> None:
    with context.conclude({"limit": resource.getrlimit(resource.RLIMIT_AS)[0]}):
        pass


def threads(context: Context) -> None:
    """Tells how many threads its nursery has, and what is imported without its asking."""
    names = [name for name in ("lightgbm", "onnx", "onnxruntime") if name in sys.modules]
    nursery = len(list(Path(f"/proc/{os.getppid()}/task").iterdir()))
    with context.conclude({"nursery": nursery, "imported": names}):
        pass


def configured(context: Context) -> None:
    with context.conclude({"port": context.config.serve.port}):
        pass
