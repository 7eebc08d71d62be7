"""``fluxhound sinkhole setup``: what else is needed, ready to be copied."""

from __future__ import annotations

from typing import Any

import click

from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.options import with_options
from fluxhound.cli.sinkholing.serve import WHERE, places

EXAMPLES = """
$ fluxhound sinkhole setup --listen 192.0.2.1:80 --listen '[2001:db8::1]:80'
$ fluxhound sinkhole setup --listen 192.0.2.1:80 --except 22 --except 8053
$ fluxhound sinkhole setup --listen 192.0.2.1:80 --rules
"""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@with_options(
    option(
        WHERE,
        "--listen",
        "listen",
        multiple=True,
        required=True,
        metavar="ADDRESS:PORT",
        help="As for serve. Repeatable.",
    ),
    option(
        WHERE,
        "--except",
        "spared",
        multiple=True,
        type=click.IntRange(1, 65_535),
        default=(22,),
        metavar="PORT",
        help="Leave this port alone [22]. Repeatable.",
    ),
    option(WHERE, "--rules", is_flag=True, help="Print the firewall rules alone."),
)
def command(**given: Any) -> None:
    """Print what else is needed: firewall rule, DNS answers, checks."""
    from fluxhound.response.sinkhole.firewall import TABLE, render_rules  # noqa: PLC0415

    where = places(given["listen"])
    rules = render_rules(where, spared=given["spared"])
    if given["rules"]:
        click.echo(rules, nl=False)
        return
    first = where[0]
    shown = f"[{first.address}]" if ":" in first.address else first.address
    names = "\n".join(
        f"    {'AAAA' if ':' in address else 'A':<4}  {address}"
        for address in dict.fromkeys(each.address for each in where)
    )
    click.echo(
        "1. Bring all other TCP ports of these addresses to the sinkhole (nftables; as root,\n"
        f"   save as a file and load it with nft -f FILE; undo: nft delete table inet {TABLE}):\n\n"
        f"{rules}\n"
        "2. Answer sinkholed names with these addresses, and no others:\n\n"
        f"{names}\n\n"
        "3. Check from a client of your network (the page says why, the status is 403):\n\n"
        f"    curl -i -H 'Host: test.invalid' http://{shown}:{first.port}/\n"
        "    fluxhound victims --folder DIR --all\n\n"
        "4. Let only your own networks reach these addresses: it is for your clients, not for the\n"
        "   Internet. Do not install the sinkhole's CA on any client."
    )
