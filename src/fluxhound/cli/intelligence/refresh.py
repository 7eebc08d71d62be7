"""``fluxhound intel refresh``: fetch sources again, or accept what is held."""

from __future__ import annotations

import time
from typing import Any

import click

from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.intelligence.opened import RESULT_OPTIONS, is_table, opened, shelf_options
from fluxhound.cli.options import SCREEN
from fluxhound.errors import UnreadableInputError, UsageError

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
    told. A source that cannot be fetched keeps what it said, and the exit status is 3.
    """
    # --help must not wait for the engine.
    from fluxhound.cli.intelligence.standings import fetched, print_standings  # noqa: PLC0415
    from fluxhound.intel.fetching import due  # noqa: PLC0415
    from fluxhound.intel.source import State  # noqa: PLC0415

    if given["accept"] and (given["names"] or given["due"]):
        raise UsageError("Give --accept alone: it fetches nothing.")
    now = time.time()
    with opened(given) as shelf:
        if given["accept"]:
            shelf.accept(given["accept"], now=now)
            print_standings(shelf, [given["accept"]], given, table=is_table(given))
            return
        names = given["names"] or [source.name for source in shelf.sources()]
        if given["due"]:
            waiting = due(shelf, now=now)
            names = [name for name in names if name in waiting]
        states = [fetched(shelf, name, given, now=now).state for name in names]
        print_standings(shelf, names, given, table=is_table(given))
    if State.FAILING in states:
        raise click.exceptions.Exit(UnreadableInputError.exit_status)
