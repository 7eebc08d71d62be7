"""``fluxhound respond undo``: takes one action back."""

from __future__ import annotations

from typing import Any

import click

from fluxhound.cli.help import GroupedCommand
from fluxhound.cli.options import with_options
from fluxhound.cli.responding.choices import STORE_OPTIONS

EXAMPLES = """
$ fluxhound respond undo 17 --store flux.duckdb
"""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@click.argument("action", type=click.IntRange(min=1))
@with_options(*STORE_OPTIONS)
def command(**given: Any) -> None:
    """Take one action back, exactly.

    ACTION is its number, as apply and explain tell it. What it added does not come back by itself
    for a time; undoing the undoing brings it back.
    """
    from fluxhound.cli.responding import rendering  # noqa: PLC0415 - --help must not wait
    from fluxhound.cli.responding.opened import opened  # noqa: PLC0415
    from fluxhound.cli.responding.publishing import publish  # noqa: PLC0415

    with opened(given) as there:
        done = there.register.undo(given["action"], there.who, there.now, there.policy)
        published = publish(there.settings, there.register, there.policy, there.now)
        rendering.say_done(done, published)
