"""``fluxhound compact``: a store written anew, without what was purged from it."""

from __future__ import annotations

from pathlib import Path

import click

from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.options import SCREEN
from fluxhound.quantities import format_size

EXAMPLES = """
$ systemctl stop fluxhound && fluxhound compact /var/lib/fluxhound/flux.duckdb
"""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@click.argument("store", type=click.Path(path_type=Path))
@option(SCREEN, "-q", "--quiet", is_flag=True, help="Errors only.")
def command(store: Path, *, quiet: bool) -> None:
    """Write a store anew, so that nothing purged is left in its file.

    A database frees what is deleted, and overwrites it when it needs the room. This leaves
    nothing: the store is copied into a new file, which then takes its place. No service may use
    it meanwhile, and the disk needs room for both.
    """
    # --help must not wait for the engine.
    from fluxhound.errors import StoreError  # noqa: PLC0415
    from fluxhound.history.rewriting import compact_file  # noqa: PLC0415

    if not store.is_file():
        raise StoreError(f"{store}: there is no such store.")
    before = store.stat().st_size
    compact_file(store)
    if not quiet:
        after = store.stat().st_size
        click.echo(f"{store}: {format_size(before)} before, {format_size(after)} now.", err=True)
