"""The endpoint: `workbench serve` answers requests itself; what stands below it looks at an endpoint and steers it."""

from __future__ import annotations

import click

from workbench.cli.lazy import Entry, LazyGroup
from workbench.cli.session import Session

COMMANDS = {
    "Look": {
        "log": Entry("serve_log:log", "Show what the endpoint answered last."),
        "figures": Entry(
            "serve_figures:figures",
            "Show what the endpoint answered: how often, how fast, how well.",
        ),
    },
    "Route": {
        "route": Entry("serve_routes:route", "Share out a model's requests between versions."),
        "routes": Entry("serve_routes:routes", "Show who answers each model's requests."),
        "shadows": Entry(
            "serve_routes:shadows",
            "Compare a model's shadows with what was answered, from the prediction log.",
        ),
    },
    "Keys": {
        "key": Entry("serve_keys:key", "Make, list and revoke the keys that open the endpoint."),
    },
}
"""A command lives in a module of its noun; its entry here is all that the help needs."""


@click.group(cls=LazyGroup, sections=COMMANDS, package="workbench.cli", invoke_without_command=True)
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    metavar="N",
    help="Instead of the port in workbench.toml; 0: a free one.",
)
@click.option(
    "--host",
    metavar="H",
    help="Instead of the host in workbench.toml; open to others only once there is a key.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    metavar="N",
    help="Processes that share the port, instead of the number in workbench.toml.",
)
@click.pass_context
def serve(
    context: click.Context, *, port: int | None, host: str | None, workers: int | None
) -> int:
    """Answer prediction requests over HTTP.

    Without a command, the endpoint starts and runs until it is stopped; the options are for that.
    """
    if context.invoked_subcommand is not None:
        return 0
    session = context.find_object(Session)
    assert session is not None
    from workbench.http.process import server

    return server.run(session.project_dir(), port=port, host=host, workers=workers)
