"""``fluxhound intel``: feeds of known bad names and addresses, and what analysts say."""

from __future__ import annotations

import click

from fluxhound.cli.groups import LazyGroup

#: Command -> its one line in ``fluxhound intel --help``. Their modules are in ``intelligence``.
COMMANDS = {
    "add": "Declare a source of indicators, and fetch it.",
    "list": "List the sources, and how they fare.",
    "refresh": "Fetch sources again, or accept what is held.",
    "test": "Tell which entry decides about a name or an address, and why.",
    "lookup": "Look many names and addresses up at once.",
    "seen": "List what the history holds of what is listed.",
    "allow": "Say that a name or an address is good, and why.",
    "deny": "Say that a name or an address is bad, and why.",
    "remove": "Forget a source, or what was said about a name.",
}

EXAMPLES = """
$ fluxhound intel add urlhaus https://feeds.example/u --store flux.duckdb
$ fluxhound intel test 'evil[.]example' --store flux.duckdb
$ fluxhound intel refresh --due --store flux.duckdb
"""


@click.group(cls=LazyGroup, lazy=COMMANDS, package="fluxhound.cli.intelligence", examples=EXAMPLES)
def command() -> None:
    """Keep feeds of known bad names, and look things up in them."""
