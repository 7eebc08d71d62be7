"""``fluxhound intel list``: the sources and how they fare, and what analysts said."""

from __future__ import annotations

import time
from typing import Any

import click

from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.intelligence.opened import (
    RESULT_OPTIONS,
    harmless,
    is_table,
    iso,
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

    A source that is "held" changed so much that a person must look before it counts.
    """
    # --help must not wait for the engine.
    from fluxhound.cli.intelligence.standings import print_standings  # noqa: PLC0415

    with opened(given) as shelf:
        if given["entries"]:
            _print_entries(shelf, given)
            return
        names = [source.name for source in shelf.sources()]
        print_standings(shelf, names, given, table=is_table(given))
        if is_table(given):
            for name in names:
                if why := shelf.standing(name).why:
                    message(f"{name}: {why}")


def _print_entries(shelf: Any, given: dict[str, Any]) -> None:
    from fluxhound.intel.entries import entries  # noqa: PLC0415

    now = time.time()
    rows = [
        {
            "value": entry.value,
            "kind": entry.kind.word,
            "says": entry.word,
            "reason": entry.reason,
            "owner": entry.owner,
            "created": iso(entry.created),
            "expires": iso(entry.expires),
            "expired": entry.expires is not None and entry.expires <= now,
        }
        for entry in entries(shelf)
    ]
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
