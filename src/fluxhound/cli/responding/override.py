"""``fluxhound respond override``: lifts one brake for one name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.options import with_options
from fluxhound.cli.responding.choices import STORE_OPTIONS
from fluxhound.errors import UsageError
from fluxhound.quantities import parse_duration

DECIDING = "Deciding"
TRIGGERS = ("name", "nsdname", "nsip")

EXAMPLES = """
$ fluxhound respond override 'flux[.]test' special-use --for 7d --reason 'our own laboratory'
"""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@click.argument("name")
@click.argument("brake")
@with_options(
    *STORE_OPTIONS,
    option(DECIDING, "--reason", metavar="TEXT", required=True, help="Why; it is written down."),
    option(DECIDING, "--for", "lasting", metavar="TIME", default="7d", help="How long [7d]."),
    option(
        DECIDING, "--trigger", type=click.Choice(TRIGGERS), default="name", help="Of which rule."
    ),
)
def command(**given: Any) -> None:
    """Lift one brake for one name, until a time.

    The entry then still waits for an approval. Own domains, the never-list, public suffixes,
    addresses and ceilings are never lifted.
    """
    from fluxhound.cli.responding import rendering  # noqa: PLC0415 - --help must not wait
    from fluxhound.cli.responding.opened import opened  # noqa: PLC0415
    from fluxhound.cli.responding.subjects import subject  # noqa: PLC0415
    from fluxhound.response.entries import Trigger  # noqa: PLC0415

    lasting = _duration(given["lasting"])
    with opened(given) as there:
        done = there.register.override(
            subject(given["name"]), given["brake"], there.who, there.now, there.policy,
            reason=given["reason"], until=there.now + lasting, trigger=Trigger(given["trigger"]),
        )  # fmt: skip
        rendering.say_done(done, "Plan again; what waits then needs an approval.")


def _duration(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise UsageError(f"--for: {error}.") from error
