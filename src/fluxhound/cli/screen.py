"""Consoles for results and for messages, with colour as the user wants it."""

from __future__ import annotations

import os
from typing import IO, Any

from rich.console import Console

#: Columns of a table that is written to a file.
FILE_WIDTH = 120


class _Console(Console):
    """A console that leaves it to the caller what a closed pipe means."""

    def on_broken_pipe(self) -> None:
        """Raise again: exit status 1 would look like an alarm."""
        raise BrokenPipeError


def make_console(
    stream: IO[str], color: str, *, environment: dict[str, str] | None = None
) -> Console:
    """Return a console on *stream*; *color* is "auto", "always" or "never".

    NO_COLOR (no-color.org) is honoured for "auto"; "always" was asked for and wins.
    """
    variables = dict(os.environ) if environment is None else environment
    plain = color == "never" or (color == "auto" and bool(variables.get("NO_COLOR")))
    settings: dict[str, Any] = {"highlight": False, "emoji": False, "markup": False}
    if plain:
        settings |= {"no_color": True, "color_system": None}
    elif color == "always":
        variables.pop("NO_COLOR", None)
        settings |= {"force_terminal": True, "color_system": "standard", "no_color": False}
    if not stream.isatty() and not variables.get("COLUMNS"):
        settings["width"] = FILE_WIDTH
    return _Console(file=stream, _environ=variables, **settings)
