"""``fluxhound intel allow``: an analyst says that a name or an address is good."""

from __future__ import annotations

from typing import Any

import click

from fluxhound.cli.help import GroupedCommand
from fluxhound.cli.intelligence.opened import shelf_options
from fluxhound.cli.intelligence.saying import SAYING_OPTIONS, say

EXAMPLES = """
$ fluxhound intel allow intranet.example --reason 'case 7' --store flux.duckdb
$ fluxhound intel allow 9.9.9.9 --reason 'case 7' --expires 30d
"""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@click.argument("name")
@shelf_options(*SAYING_OPTIONS)
def command(**given: Any) -> None:
    """Say that a name, an address or a network is good, and why.

    It must never be blocked. This comes before whatever sources say, and replaces what was said
    about NAME before.
    """
    say(given, allow=True)
