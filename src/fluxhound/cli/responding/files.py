"""``fluxhound respond files``: what is in force as files, for those without policy zones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.options import with_options
from fluxhound.cli.responding.choices import POLICY_OPTIONS, STORE_OPTIONS

#: Told here, because --help must not wait for what knows them.
FORMS = ("rpz", "hosts", "dnsmasq", "unbound", "adblock", "nftables", "ipset", "suricata")

EXAMPLES = """
$ fluxhound respond files hosts --store flux.duckdb --write lists
$ fluxhound respond files dnsmasq --store flux.duckdb
"""

_PATH = click.Path(path_type=Path)


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@click.argument("form", type=click.Choice(FORMS))
@with_options(
    *STORE_OPTIONS,
    *POLICY_OPTIONS,
    option("Where", "--write", type=_PATH, metavar="FOLDER", help="Write them there."),
)
def command(**given: Any) -> None:
    """Write what is in force as files for those without policy zones."""
    from fluxhound.cli.responding.opened import opened  # noqa: PLC0415 - --help must not wait
    from fluxhound.response.lists.choice import render  # noqa: PLC0415
    from fluxhound.response.lists.writing import write  # noqa: PLC0415
    from fluxhound.response.planning import passes  # noqa: PLC0415
    from fluxhound.response.zone import ZoneNames  # noqa: PLC0415

    with opened(given) as there:
        entries = (*there.register.entries(there.now), *passes(there.policy, there.now))
        names = ZoneNames.below(there.settings.publish.zone)
        files = render(given["form"], entries, names, there.now)
    if given["write"] is not None:
        write(given["write"], files)
        return
    for text in files.values():
        click.echo(text, nl=False)
