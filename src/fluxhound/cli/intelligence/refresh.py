"""``fluxhound intel refresh``: fetch sources again, or accept what is held."""

from __future__ import annotations

from typing import Any

import click

from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.intelligence.opened import RESULT_OPTIONS, opened, shelf_options
from fluxhound.cli.options import SCREEN
from fluxhound.errors import UsageError

FETCHING = "Fetching"

EXAMPLES = """
$ fluxhound intel refresh --store flux.duckdb
$ fluxhound intel refresh urlhaus --store flux.duckdb
$ fluxhound intel refresh --due --store flux.duckdb
$ fluxhound intel refresh --accept urlhaus --store flux.duckdb
"""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@click.argument("names", nargs=-1, metavar="[NAME...]")
@shelf_options(
    option(FETCHING, "--due", is_flag=True, help="Only those whose time has come."),
    option(FETCHING, "--accept", metavar="NAME", help="Let what is held of NAME count."),
    option(SCREEN, "-q", "--quiet", is_flag=True, help="Do not tell what was refused."),
    *RESULT_OPTIONS,
)
def command(**given: Any) -> None:
    """Fetch all sources again, or those named.

    New indicators are looked up in the history of the store: what was seen before it was known is
    told. A source that cannot be fetched keeps what it said, and the exit status is 3. A running
    service fetches what is due by itself; with --url it fetches at once.
    """
    # --help must not wait for the engine.
    from fluxhound.cli.intelligence.standings import (  # noqa: PLC0415
        print_standings,
        status_of,
        tell,
    )

    if given["accept"] and (given["names"] or given["due"]):
        raise UsageError("Give --accept alone: it fetches nothing.")
    with opened(given) as desk:
        if given["accept"]:
            print_standings([desk.accept(given["accept"])], given)
            return
        fetched = desk.refresh(
            given["names"], due_only=given["due"], tell=lambda each: tell(each, given)
        )
        print_standings(fetched, given)
    if status := status_of(fetched):
        raise click.exceptions.Exit(status)
