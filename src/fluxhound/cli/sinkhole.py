"""``fluxhound sinkhole``: the listener that sinkholed names are answered with."""

from __future__ import annotations

import click

from fluxhound.cli.groups import LazyGroup

#: Command -> its one line in ``fluxhound sinkhole --help``. Their modules are in ``sinkholing``.
COMMANDS = {
    "serve": "Listen, record who calls, answer with a page that says why.",
    "setup": "Print what else is needed: firewall rule, DNS answers, checks.",
}

EXAMPLES = """
$ fluxhound sinkhole serve --listen 192.0.2.1:80 --folder sinkhole
$ fluxhound sinkhole setup --listen 192.0.2.1:80
$ fluxhound victims --folder sinkhole
"""


@click.group(cls=LazyGroup, lazy=COMMANDS, package="fluxhound.cli.sinkholing", examples=EXAMPLES)
def command() -> None:
    """Listen where sinkholed names lead, and record who calls."""
