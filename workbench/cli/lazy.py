"""A group of commands whose modules are imported when one of them is asked for, and not for its help."""

from __future__ import annotations

import difflib
import importlib
from typing import Any, NamedTuple

import click


class Entry(NamedTuple):
    """Where a command is, and what its group's help says of it."""

    target: str
    """Module below the package and attribute: `data:data`."""
    help: str


class LazyGroup(click.Group):
    """A click group over a table of entries, in sections."""

    def __init__(
        self,
        *arguments: Any,
        sections: dict[str, dict[str, Entry]],
        package: str,
        **settings: Any,
    ) -> None:
        """Makes a group.

        Args:
            *arguments: What click.Group takes.
            sections: The entries by command name, by heading, in the order of the help.
            package: Package of the modules that the entries name.
            **settings: What click.Group takes.
        """
        super().__init__(*arguments, **settings)
        self._sections = sections
        self._package = package
        self._entries = {
            name: one for entries in sections.values() for name, one in entries.items()
        }

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names of the commands in the order of the help."""
        return list(self._entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command called `cmd_name`, or None when there is none."""
        entry = self._entries.get(cmd_name)
        if entry is None:
            return None
        module, attribute = entry.target.split(":")
        command = getattr(importlib.import_module(f"{self._package}.{module}"), attribute)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that `args` start with.

        Raises:
            UsageError: There is none; the nearest one is named.
        """
        name = args[0]
        if name in self._entries or name.startswith("-"):
            return super().resolve_command(ctx, args)
        near = difflib.get_close_matches(name, self._entries, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise click.UsageError(f"There is no command '{name}'.{hint}", ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Writes the sections from the table alone."""
        widest = max(len(name) for name in self._entries)
        for heading, entries in self._sections.items():
            with formatter.section(heading):
                rows = [(name.ljust(widest), entry.help) for name, entry in entries.items()]
                formatter.write_dl(rows)
