"""``fluxhound intel list``: the sources and how they fare, and what analysts said."""

from __future__ import annotations

from typing import Any

import click

from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.intelligence.opened import (
    RESULT_OPTIONS,
    harmless,
    is_table,
    message,
    opened,
    print_rows,
    print_table,
    shelf_options,
    shown,
)
from fluxhound.cli.options import SCREEN

EXAMPLES = """
$ fluxhound intel list --store flux.duckdb
$ fluxhound intel list --entries --store flux.duckdb
"""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@shelf_options(
    option(SCREEN, "--entries", is_flag=True, help="What analysts allow and deny, instead."),
    *RESULT_OPTIONS,
)
def command(**given: Any) -> None:
    """List the sources, how many indicators they have, and how they fare.

    It is told when each was fetched, and when it is due again. A source that is "held" changed so
    much that a person must look before it counts.
    """
    # --help must not wait for the engine.
    from fluxhound.cli.intelligence.standings import print_standings  # noqa: PLC0415

    with opened(given) as desk:
        if given["entries"]:
            _print_entries(desk.entries(), given)
            return
        found = desk.sources()
    print_standings(found, given)
    for each in found if is_table(given) else ():
        if each["why"]:
            message(f"{each['source']}: {each['why']}")


def _print_entries(rows: list[dict[str, Any]], given: dict[str, Any]) -> None:
    if not is_table(given):
        print_rows(rows)
        return
    print_table(
        ("SAYS", "VALUE", "KIND", "UNTIL", "OWNER", "REASON"),
        [
            (
                str(row["says"]),
                shown(str(row["value"]), given),
                str(row["kind"]),
                str(row["expires"] or "for good") + (" (over)" if row["expired"] else ""),
                harmless(str(row["owner"])),
                harmless(str(row["reason"])),
            )
            for row in rows
        ],
    )
