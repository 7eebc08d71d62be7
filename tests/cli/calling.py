"""Commands called by themselves, as the program calls them."""

from __future__ import annotations

import click
from click.testing import CliRunner


def call(command: click.Command, *words: str) -> tuple[int, str]:
    """Return the exit status and what was written; errors of ours are raised."""
    done = CliRunner().invoke(command, words)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output
