"""``fluxhound intel test``: which entry decides about a name or an address, and why."""

from __future__ import annotations

from typing import Any

import click

from fluxhound.cli.help import GroupedCommand
from fluxhound.cli.intelligence.opened import (
    RESULT_OPTIONS,
    is_table,
    opened,
    print_rows,
    shelf_options,
)

EXAMPLES = """
$ fluxhound intel test 'evil[.]example' --store flux.duckdb
$ fluxhound intel test 9.9.9.9 www.example.com --store flux.duckdb
"""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@shelf_options(*RESULT_OPTIONS)
def command(**given: Any) -> None:
    """Tell which entry decides about a name or an address, and why.

    An analyst's word comes first, the most specific; then what a source lets pass; then what
    sources list and has not expired. What only tells what something is decides nothing.
    """
    # --help must not wait for the engine.
    from fluxhound.cli.intelligence.opinions import print_opinion  # noqa: PLC0415
    from fluxhound.cli.wanted import plain_name  # noqa: PLC0415

    with opened(given) as desk:
        opinions = desk.opinions(plain_name(name) for name in given["names"])
    if not is_table(given):
        print_rows(opinions)
        return
    for opinion in opinions:
        print_opinion(opinion, given)
