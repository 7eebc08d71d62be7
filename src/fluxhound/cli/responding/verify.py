"""``fluxhound respond verify``: whether anybody changed the register or its log."""

from __future__ import annotations

from typing import Any

import click

from fluxhound.cli.help import GroupedCommand
from fluxhound.cli.options import with_options
from fluxhound.cli.responding.choices import STORE_OPTIONS

EXAMPLES = """
$ fluxhound respond verify --store flux.duckdb
"""

TAMPERED_STATUS = 1


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@with_options(*STORE_OPTIONS)
@click.pass_context
def command(context: click.Context, /, **given: Any) -> None:
    """Check that nobody changed the register or its log.

    All actions are done again in memory. Keep the last hash elsewhere: it shows even a log that
    somebody wrote anew as a whole. Exit status 1 tells that something was changed.
    """
    from fluxhound.cli.responding.opened import opened  # noqa: PLC0415 - --help must not wait

    with opened(given) as there:
        found = there.register.verify()
    click.echo(f"{found.actions:,} actions, last hash {found.head}")
    if found.problem:
        click.echo(f"fluxhound: {found.problem}", err=True)
        context.exit(TAMPERED_STATUS)
