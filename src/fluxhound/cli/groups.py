"""Groups of commands whose modules are imported only when they are used."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from typing import Any

import click

from fluxhound.cli.help import GroupedCommand


class LazyGroup(GroupedCommand, click.Group):
    """A group that imports a command's module only when the command is used."""

    def __init__(self, *, lazy: Mapping[str, str], package: str, **settings: Any) -> None:
        """Take command -> its one line in the help; module *package*.command has each."""
        super().__init__(**settings)
        self._lazy = lazy
        self._package = package

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands in the order in which a newcomer needs them."""
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command; an unknown one is answered with the nearest."""
        if cmd_name in self._lazy:
            module = importlib.import_module(f"{self._package}.{cmd_name}")
            command: click.Command = module.command
            return command
        close = difflib.get_close_matches(cmd_name, self._lazy, n=1)
        hint = (
            f" Did you mean {close[0]}?" if close else f" The commands are {', '.join(self._lazy)}."
        )
        raise click.UsageError(f"There is no command {cmd_name!r}.{hint}", ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, then the commands without importing them."""
        click.Command.format_options(self, ctx, formatter)
        with formatter.section("Commands"):
            formatter.write_dl(list(self._lazy.items()))
