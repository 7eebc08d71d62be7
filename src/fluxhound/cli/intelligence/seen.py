"""``fluxhound intel seen``: what the history holds of what is listed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.intelligence.opened import (
    RESULT_OPTIONS,
    harmless,
    is_table,
    opened,
    print_rows,
    print_table,
    shelf_options,
    shown,
)
from fluxhound.cli.moments import parse_moment
from fluxhound.cli.options import SCREEN

EXAMPLES = """
$ fluxhound intel seen --store flux.duckdb
$ fluxhound intel seen --since 7d --url http://127.0.0.1:8053 --token-file token
"""
NOT_KNOWN = "-"


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@shelf_options(
    option(SCREEN, "--since", metavar="TIME", help="Only from then on: 2h, 7d ago, or ISO 8601."),
    *RESULT_OPTIONS,
)
def command(**given: Any) -> None:
    """List the names, answers and name servers in the history that may be blocked.

    Whether they are in flux or not. What an analyst allows, and what was listed too long ago, is
    left out.
    """
    since = 0.0
    if given["since"]:
        now = datetime.now(UTC)
        since = parse_moment(given["since"], now=now, option="--since").timestamp()
    with opened(given) as desk:
        found = desk.seen(since=since)
    if not is_table(given):
        print_rows(found)
        return
    print_table(
        ("SEEN", "AS", "DAYS", "CLIENTS", "LAST", "WEIGHT", "SOURCE"),
        [
            (
                shown(each["seen"], given),
                each["where"],
                f"{each['days']:,}",
                NOT_KNOWN if each["clients"] is None else f"{each['clients']:,}",
                each["last"] or NOT_KNOWN,
                f"{each['weight']:.2f}",
                harmless(each["source"]),
            )
            for each in found
        ],
    )
