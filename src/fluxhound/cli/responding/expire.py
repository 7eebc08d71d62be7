"""``fluxhound respond expire``: removes what has expired."""

from __future__ import annotations

from typing import Any

import click

from fluxhound.cli.help import GroupedCommand
from fluxhound.cli.options import with_options
from fluxhound.cli.responding.choices import STORE_OPTIONS

EXAMPLES = """
$ fluxhound respond expire --store flux.duckdb
"""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@with_options(*STORE_OPTIONS)
def command(**given: Any) -> None:
    """Remove the entries that have expired.

    Resolvers are told, too. The service does this by itself; without one, run it from a timer.
    """
    from fluxhound.cli.responding import rendering  # noqa: PLC0415 - --help must not wait
    from fluxhound.cli.responding.opened import opened  # noqa: PLC0415
    from fluxhound.cli.responding.publishing import publish  # noqa: PLC0415

    with opened(given) as there:
        done = there.register.expire(there.now, there.who, there.policy)
        published = publish(there.settings, there.register, there.policy, there.now)
        rendering.say_done(done, published)
