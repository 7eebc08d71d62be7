"""``fluxhound formats``: what can be read, and what each format cannot show."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.options import SCREEN

#: What a source may lack, in words.
LACKS = {
    "ttl": "TTLs",
    "clients": "clients",
    "name-servers": "name servers",
}
#: Formats that are recognised only to say what to turn on instead.
REFUSED = {"querylog": "answers: refused, with what to turn on instead"}

EXAMPLES = """
$ fluxhound formats
$ fluxhound formats --json
"""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@option(SCREEN, "--json", "as_json", is_flag=True, help="For machines.")
def command(*, as_json: bool) -> None:
    """List the input formats, and what each cannot show.

    The format is told by the content; --input-format NAME forces one.
    """
    from fluxhound.sources.sniff import FORMATS  # noqa: PLC0415 - --help must not wait

    rows = [describe(each.name, each.title, each.not_observable) for each in FORMATS]
    if as_json:
        click.echo(json.dumps({"formats": rows}, indent=2))
        return
    width, title = (max(len(row[key]) for row in rows) for key in ("name", "title"))
    click.echo(f"{'NAME':<{width}}  {'WHAT':<{title}}  CANNOT SHOW")
    for row in rows:
        lacks = REFUSED.get(row["name"]) or _lacks(row["not_observable"])
        click.echo(f"{row['name']:<{width}}  {row['title']:<{title}}  {lacks}")


def _lacks(not_observable: list[str]) -> str:
    return ", ".join(LACKS.get(lack, lack) for lack in not_observable) or "-"


def describe(name: str, title: str, not_observable: tuple[str, ...]) -> Mapping[str, Any]:
    """Return one format for machines."""
    lacks = ["answers"] if name in REFUSED else list(not_observable)
    return {"name": name, "title": title, "not_observable": lacks}
