"""``fluxhound intel remove``: forget a source, or what was said about a name."""

from __future__ import annotations

from typing import Any

import click

from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.intelligence.opened import message, opened, shelf_options

EXAMPLES = """
$ fluxhound intel remove urlhaus --store flux.duckdb
$ fluxhound intel remove --entry 'evil[.]example' --store flux.duckdb
"""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@click.argument("name")
@shelf_options(
    option("What", "--entry", is_flag=True, help="NAME is what allow or deny spoke of."),
)
def command(**given: Any) -> None:
    """Forget a source and all its indicators, or with --entry what was allowed or denied."""
    with opened(given) as desk:
        if given["entry"]:
            desk.unsay(given["name"])
        else:
            desk.remove(given["name"])
    message(f"{given['name']}: forgotten.")
