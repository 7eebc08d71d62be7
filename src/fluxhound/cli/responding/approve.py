"""``fluxhound respond approve``: puts in force what waits."""

from __future__ import annotations

from typing import Any

import click

from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.options import with_options
from fluxhound.cli.responding.choices import POLICY_OPTIONS, STORE_OPTIONS

DECIDING = "Deciding"

EXAMPLES = """
$ fluxhound respond approve 'evil[.]example' --store flux.duckdb --reason 'case 4711'
"""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@click.argument("name")
@with_options(
    *STORE_OPTIONS,
    option(DECIDING, "--reason", metavar="TEXT", default="", help="Why; it is written down."),
    *POLICY_OPTIONS,
)
def command(**given: Any) -> None:
    """Put in force what waits for a person.

    Every brake is asked again, with the traffic as it is now.
    """
    from fluxhound.cli.responding import rendering  # noqa: PLC0415 - --help must not wait
    from fluxhound.cli.responding.opened import opened  # noqa: PLC0415
    from fluxhound.cli.responding.publishing import publish  # noqa: PLC0415
    from fluxhound.cli.responding.subjects import subject  # noqa: PLC0415

    with opened(given) as there:
        done = there.register.approve(
            subject(given["name"]), there.who, there.now, there.policy, reason=given["reason"]
        )
        published = publish(there.settings, there.register, there.policy, there.now)
        rendering.say_done(done, published)
