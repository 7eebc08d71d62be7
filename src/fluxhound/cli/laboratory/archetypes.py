"""``fluxhound lab archetypes``: the kinds of names that traffic is made of."""

from __future__ import annotations

import json

import click

from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.options import SCREEN

EXAMPLES = """
$ fluxhound lab archetypes
$ fluxhound lab archetypes --json
"""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@option(SCREEN, "--json", "as_json", is_flag=True, help="For machines.")
def command(*, as_json: bool) -> None:
    """List the kinds of names that traffic is made of.

    Flux stands first. Of the others, PER MILLION is the share among a million registered domains
    that are active in a day.
    """
    # --help must not wait for the engine.
    from fluxhound.lab.descriptions import described  # noqa: PLC0415

    rows = described()
    if as_json:
        click.echo(json.dumps({"archetypes": rows}, indent=2))
        return
    width = max(len(row["name"]) for row in rows)
    family = max(len(row["family"]) for row in rows)
    click.echo(f"{'NAME':<{width}}  {'FAMILY':<{family}}  PER MILLION  WHAT")
    for row in rows:
        share = "-" if row["flux"] else f"{row['per_million']:,.0f}"
        click.echo(
            f"{row['name']:<{width}}  {row['family']:<{family}}  {share:>11}  {row['description']}"
        )
