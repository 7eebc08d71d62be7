"""``fluxhound share misp``: findings to a MISP server, as events."""

from __future__ import annotations

from typing import Any

import click

from fluxhound.cli.help import GroupedCommand
from fluxhound.cli.options import with_options
from fluxhound.cli.sharing.sending import (
    SERVER_OPTIONS,
    SHARED_OPTIONS,
    receiver_of,
    secret_of,
    shipment,
    tell,
)
from fluxhound.errors import UsageError

EXAMPLES = """
$ fluxhound share misp https://misp.example --store flux.duckdb
$ fluxhound share misp https://misp.example dns.log --minimum high --secret-file key --send
"""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@click.argument("url", metavar="URL")
@click.argument("inputs", nargs=-1, metavar="[INPUT...]")
@with_options(*SERVER_OPTIONS, *SHARED_OPTIONS)
def command(**given: Any) -> None:
    """Push findings to a MISP server, as events.

    They are for your organisation only and not published: who shares them further decides that in
    MISP. Events that the server has are brought up to date. Without --send nothing leaves.
    """
    from fluxhound.sharing.exports import export  # noqa: PLC0415 - --help must not wait
    from fluxhound.sharing.misp import events  # noqa: PLC0415
    from fluxhound.sharing.peers.misp import headers, push  # noqa: PLC0415
    from fluxhound.sharing.peers.web import ReceiverError  # noqa: PLC0415

    if given["send"] and not given["secret_file"]:
        raise UsageError("A MISP server takes events only with a key: add --secret-file FILE.")
    receiver = receiver_of(given["url"], given, headers(secret_of(given)))
    with shipment(given) as leaving:
        material, terms = leaving.selection.material, leaving.terms
        made = export("misp", leaving.selection.findings, terms, material)
        told = list(events(leaving.outbound.offers, material.past, terms))
    if given["send"] and told:
        pushed = push(receiver, told)
        click.echo(
            f"{len(told):,} events: {pushed.added:,} added, {pushed.updated:,} brought up to "
            f"date, {pushed.failed:,} not taken."
        )
        if pushed.failed:
            raise ReceiverError(
                f"{given['url']}: {pushed.failed:,} events not taken ({pushed.reasons[0]})."
            )
    tell(made, leaving.request, sent=given["send"], where=given["url"])
