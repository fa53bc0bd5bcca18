"""`workbench serve`: takes the project's lock and an address, and answers there until it is told to stop."""

from __future__ import annotations

import os
from pathlib import Path

from workbench.engines import instance
from workbench.http.process import listening, signals
from workbench.http.process.opening import opened
from workbench.services import keyring
from workbench.services.context import Context

LOCK = "serve.lock"


def run(
    project_dir: Path,
    *,
    port: int | None = None,
    host: str | None = None,
    workers: int | None = None,
) -> int:
    """Serves the models of a project until SIGTERM or SIGINT.

    Args:
        project_dir: The project's folder.
        port: Instead of the configured one; 0: a free one.
        host: Instead of the configured one.
        workers: How many processes answer, instead of the configured number.

    Returns:
        The exit code of the process.

    Raises:
        StoreMissing: There is no project.
        ConfigInvalid: Its workbench.toml has mistakes, and no earlier text of it was valid.
        UsageError: Others could reach it, and it has no key.
        AlreadyRunning: Another process serves this project.
        AddressUnusable: The port is taken, or the host is not one of this machine.
    """
    instance.end_with_supervisor()
    listening.most_connections()
    context = opened(project_dir, port=port, host=host, workers=workers)
    try:
        keyring.refuse_unlocked(context.config.serve.host, keyring.read(context))
        with instance.hold(context.store.layout.locks / LOCK) as held:
            if context.config.serve.workers > 1:
                from workbench.http.process import workers as several  # noqa: PLC0415

                several.run(context, held)
            else:
                _serve_alone(context, held)
    finally:
        context.store.close()
    signals.ignore()
    return 0


def _serve_alone(context: Context, held: instance.Instance) -> None:
    from workbench.http.process import answering as process  # noqa: PLC0415 - the parent of several has no use for it

    serve = context.config.serve
    with listening.listen(serve.host, serve.port) as listener:
        address = listening.address_of(listener)
        process.serve(
            context, listener, accepts=lambda: held.publish(address=address, pids=[os.getpid()])
        )
