"""``fluxhound respond``: from findings to rules on the resolvers, and back."""

from __future__ import annotations

import click

from fluxhound.cli.groups import LazyGroup

#: Command -> its one line in ``fluxhound respond --help``. Their modules are in ``responding``.
COMMANDS = {
    "plan": "Show what would change, and what it would touch.",
    "apply": "Do what the plan says, and publish it.",
    "list": "List the entries in force and those that wait.",
    "approve": "Put in force what waits for a person.",
    "reject": "Take a name back, and keep it from coming back by itself.",
    "override": "Lift one brake for one name, until a time.",
    "expire": "Remove the entries that have expired.",
    "undo": "Take one action back, exactly.",
    "explain": "Tell all that was done about a name, why and by whom.",
    "verify": "Check that nobody changed the register or its log.",
    "files": "Write what is in force as files for those without policy zones.",
    "setup": "Write configuration for the primary and the resolvers.",
}

EXAMPLES = """
$ fluxhound respond plan --store flux.duckdb --mode log
$ fluxhound respond apply --store flux.duckdb --config fluxhound.toml
$ fluxhound respond undo 17 --store flux.duckdb
"""


@click.group(cls=LazyGroup, lazy=COMMANDS, package="fluxhound.cli.responding", examples=EXAMPLES)
def command() -> None:
    """Plan what is done about findings, decide, publish, take back.

    Nothing is done about a name without a finding, an approval, a reason and an expiry.
    """
