"""The project as the endpoint opens it: what stands in [serve], but for what the command line says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from workbench.services.context import Context, open_service


def opened(
    project_dir: Path,
    *,
    port: int | None = None,
    host: str | None = None,
    workers: int | None = None,
) -> Context:
    """The project, with what is given here instead of what is configured.

    Raises:
        StoreMissing: There is no project.
        ConfigInvalid: Its workbench.toml has mistakes, and no earlier text of it was valid.
    """
    context = open_service(project_dir, who="endpoint")
    serve = context.config.serve
    serve = replace(
        serve,
        port=serve.port if port is None else port,
        host=serve.host if host is None else host,
        workers=serve.workers if workers is None else workers,
    )
    return replace(context, config=replace(context.config, serve=serve))
