"""``fluxhound respond list``: the entries."""

from __future__ import annotations

from typing import Any

import click

from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.options import with_options
from fluxhound.cli.responding.choices import SCREEN_OPTIONS, STORE, STORE_OPTIONS

EXAMPLES = """
$ fluxhound respond list --store flux.duckdb
$ fluxhound respond list --store flux.duckdb --waiting --format jsonl
"""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@with_options(
    *STORE_OPTIONS,
    option(STORE, "--waiting", is_flag=True, help="Only what waits for a person."),
    *SCREEN_OPTIONS,
)
def command(**given: Any) -> None:
    """List the entries in force and those that wait."""
    from fluxhound.cli.responding import rendering  # noqa: PLC0415 - --help must not wait
    from fluxhound.cli.responding.opened import opened  # noqa: PLC0415
    from fluxhound.response.documents import entry_document  # noqa: PLC0415

    with opened(given) as there:
        entries = [e for e in there.register.every() if not (given["waiting"] and e.approved_by)]
        defang = there.settings.output.defang if given["defang"] is None else given["defang"]
        if rendering.chosen(given["format"]) == "table":
            click.echo(rendering.entries_text(entries, there.now, defanged=defang), nl=False)
            return
        rendering.write_lines(
            {**entry_document(entry), "state": rendering.state_of(entry, there.now)}
            for entry in entries
        )
