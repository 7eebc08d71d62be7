"""``fluxhound respond reject``: takes a name back and keeps it away."""

from __future__ import annotations

from typing import Any

import click

from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.options import with_options
from fluxhound.cli.responding.choices import STORE_OPTIONS

DECIDING = "Deciding"

EXAMPLES = """
$ fluxhound respond reject 'shop[.]example' --store flux.duckdb --reason 'a customer of ours'
"""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@click.argument("name")
@with_options(
    *STORE_OPTIONS,
    option(DECIDING, "--reason", metavar="TEXT", required=True, help="Why; it is written down."),
)
def command(**given: Any) -> None:
    """Take a name back, and keep it from coming back by itself.

    Both what is in force and what waits is removed; it is not proposed again for a time.
    """
    from fluxhound.cli.responding import rendering  # noqa: PLC0415 - --help must not wait
    from fluxhound.cli.responding.opened import opened  # noqa: PLC0415
    from fluxhound.cli.responding.publishing import publish  # noqa: PLC0415
    from fluxhound.cli.responding.subjects import subject  # noqa: PLC0415

    with opened(given) as there:
        name = subject(given["name"])
        done = there.register.reject(
            name, there.who, there.now, there.policy, reason=given["reason"]
        )
        published = publish(there.settings, there.register, there.policy, there.now)
        rendering.say_done(done, published)
