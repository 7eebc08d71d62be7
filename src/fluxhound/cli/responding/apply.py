"""``fluxhound respond apply``: does what the plan says, and publishes it."""

from __future__ import annotations

import sys
from typing import Any

import click

from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.options import with_options
from fluxhound.cli.responding import plan as planned
from fluxhound.cli.responding.choices import POLICY_OPTIONS, SCREEN_OPTIONS, STORE_OPTIONS
from fluxhound.errors import UsageError

APPLYING = "Applying"

EXAMPLES = """
$ fluxhound respond apply --store flux.duckdb --config fluxhound.toml
$ fluxhound respond apply --store flux.duckdb --mode log --yes
$ fluxhound respond apply --store flux.duckdb --digest 3f2a9c01 --yes
"""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@with_options(
    *STORE_OPTIONS,
    planned.FINDINGS,
    option(APPLYING, "-y", "--yes", is_flag=True, help="Do not ask before it is done."),
    option(
        APPLYING, "--digest", metavar="HEX", help="Only if it is still the plan that was shown."
    ),
    *POLICY_OPTIONS,
    *SCREEN_OPTIONS,
)
def command(**given: Any) -> None:
    """Do what the plan says, and publish it.

    The plan is made anew and shown; on a terminal you are asked before it is done.
    """
    from fluxhound.cli.responding import rendering  # noqa: PLC0415 - --help must not wait
    from fluxhound.cli.responding.opened import findings_of, opened  # noqa: PLC0415
    from fluxhound.cli.responding.publishing import publish  # noqa: PLC0415

    findings = findings_of(given)
    with opened(given) as there:
        plan = there.register.propose(findings, there.now, there.policy)
        planned.tell_ended(findings, there.now, there.policy)
        planned.write(plan, given, defang=there.settings.output.defang)
        _check_digest(plan.digest, given["digest"])
        if plan.proposals and not given["yes"]:
            confirm(f"Apply {len(plan.proposals):,} changes?")
        done = there.register.apply(plan, there.who, there.now, there.policy)
        published = publish(there.settings, there.register, there.policy, there.now)
        rendering.say_done(done, published)


def confirm(question: str) -> None:
    """Ask on a terminal; without one nobody can say yes.

    Raises:
        UsageError: there is no terminal to ask on.
        click.Abort: the answer was no.
    """
    if not sys.stdin.isatty():
        raise UsageError("Nobody can be asked here. Look at the plan, then add --yes.")
    click.confirm(question, abort=True, err=True)


def _check_digest(digest: str, wanted: str | None) -> None:
    least = 8  # digits: fewer could match by chance
    if wanted and (len(wanted) < least or not digest.startswith(wanted.lower())):
        raise UsageError(f"The plan is another one now ({digest[:12]}). Look at it again.")
