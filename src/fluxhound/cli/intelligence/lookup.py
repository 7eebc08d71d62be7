"""``fluxhound intel lookup``: many names and addresses looked up at once."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO, Any

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
from fluxhound.cli.options import SCREEN
from fluxhound.errors import UsageError

#: Names that are looked up at once, and the longest line that is one. Chosen.
AT_ONCE, LINE_BYTES = 50_000, 4_096

EXAMPLES = """
$ fluxhound intel lookup evil.example 9.9.9.9 --store flux.duckdb
$ cut -f1 names.tsv | fluxhound intel lookup - --store flux.duckdb
"""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@click.argument("names", nargs=-1, required=True, metavar="NAME...|-")
@shelf_options(
    option(SCREEN, "--all", "everything", is_flag=True, help="Also what nobody knows."),
    *RESULT_OPTIONS,
)
def command(**given: Any) -> None:
    """Look names and addresses up, one result for each that anything is known of.

    With "-" they are read from standard input, one on each line.
    """
    names = _names(given["names"], sys.stdin.buffer)
    with opened(given) as desk:
        table: list[tuple[str, ...]] = []
        while batch := list(islice(names, AT_ONCE)):
            found = [o for o in desk.opinions(batch) if o["reasons"] or given["everything"]]
            if not is_table(given):
                print_rows(found)
                continue
            table += [
                (
                    shown(o["name"], given),
                    o["stand"],
                    f"{o['weight']:.2f}",
                    harmless(o["reasons"][0]["text"]) if o["reasons"] else "-",
                )
                for o in found
            ]
    if is_table(given):
        print_table(("NAME", "STAND", "WEIGHT", "WHY"), table)


def _names(given: Iterable[str], stdin: IO[bytes]) -> Iterator[str]:
    from fluxhound.cli.wanted import plain_name  # noqa: PLC0415

    for name in given:
        if name != "-":
            yield plain_name(name)
            continue
        if stdin.isatty():
            raise UsageError("Standard input is a terminal. Pipe names in, one on each line.")
        while line := stdin.readline(LINE_BYTES):
            if text := line.decode("utf-8", "replace").strip():
                yield plain_name(text)
