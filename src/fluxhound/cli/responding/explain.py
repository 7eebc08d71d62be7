"""``fluxhound respond explain``: all that was done about a name."""

from __future__ import annotations

from typing import Any

import click

from fluxhound.cli.help import GroupedCommand
from fluxhound.cli.options import with_options
from fluxhound.cli.responding.choices import SCREEN_OPTIONS, STORE_OPTIONS

EXAMPLES = """
$ fluxhound respond explain 'evil[.]example' --store flux.duckdb
"""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@click.argument("name")
@with_options(*STORE_OPTIONS, *SCREEN_OPTIONS)
def command(**given: Any) -> None:
    """Tell all that was done about a name, why and by whom."""
    from fluxhound.cli.responding import rendering  # noqa: PLC0415 - --help must not wait
    from fluxhound.cli.responding.opened import opened  # noqa: PLC0415
    from fluxhound.cli.responding.subjects import subject  # noqa: PLC0415

    with opened(given) as there:
        name = subject(given["name"])
        steps = there.register.explain(name)
        defang = there.settings.output.defang if given["defang"] is None else given["defang"]
        if rendering.chosen(given["format"]) == "table":
            click.echo(rendering.steps_text(name, steps, defanged=defang), nl=False)
        else:
            rendering.write_lines(rendering.step_documents(steps))
