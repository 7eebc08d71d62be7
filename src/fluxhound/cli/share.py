"""``fluxhound share``: findings to other people's servers, or into a folder that they fetch."""

from __future__ import annotations

import click

from fluxhound.cli.groups import LazyGroup

#: Command -> its one line in ``fluxhound share --help``. Their modules are in ``sharing``.
COMMANDS = {
    "taxii": "Push findings to a collection of a TAXII 2.1 server.",
    "misp": "Push findings to a MISP server, as events.",
    "feed": "Keep a folder as a MISP feed.",
}

EXAMPLES = """
$ fluxhound share taxii https://HOST/api/collections/ID/ --store flux.duckdb
$ fluxhound share misp https://misp.example --from f.jsonl --send
$ fluxhound share feed /srv/feed --store flux.duckdb --tlp green --send
"""


@click.group(cls=LazyGroup, lazy=COMMANDS, package="fluxhound.cli.sharing", examples=EXAMPLES)
def command() -> None:
    """Send findings to a TAXII or MISP server, or keep a MISP feed.

    Without --send nothing leaves: what would go is shown.
    """
