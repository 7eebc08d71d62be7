"""``fluxhound intel deny``: an analyst says that a name or an address is bad."""

from __future__ import annotations

from typing import Any

import click

from fluxhound.cli.help import GroupedCommand
from fluxhound.cli.intelligence.opened import shelf_options
from fluxhound.cli.intelligence.saying import SAYING_OPTIONS, say

EXAMPLES = """
$ fluxhound intel deny 'evil[.]example' --reason 'case 7' --store flux.duckdb
$ fluxhound intel deny 9.9.9.9 --reason 'case 7' --expires 30d
"""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@click.argument("name")
@shelf_options(*SAYING_OPTIONS)
def command(**given: Any) -> None:
    """Say that a name, an address or a network is bad, and why.

    It may be blocked. This comes before whatever sources say, and replaces what was said about
    NAME before.
    """
    say(given, allow=False)
