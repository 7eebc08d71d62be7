"""``fluxhound share taxii``: findings to a collection of a TAXII 2.1 server."""

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

EXAMPLES = """
$ fluxhound share taxii https://HOST/api/collections/ID/ --store flux.duckdb
$ fluxhound share taxii https://HOST/api/collections/ID/ dns.log --secret-file key --send
"""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@click.argument("url", metavar="URL")
@click.argument("inputs", nargs=-1, metavar="[INPUT...]")
@with_options(*SERVER_OPTIONS, *SHARED_OPTIONS)
def command(**given: Any) -> None:
    """Push findings to a collection of a TAXII 2.1 server.

    URL is that of the collection. Without --send nothing leaves: what would go is shown.
    """
    from fluxhound.intel.taxii import authorization  # noqa: PLC0415 - --help must not wait
    from fluxhound.sharing.exports import export  # noqa: PLC0415
    from fluxhound.sharing.peers.taxii import MEDIA_TYPE, push  # noqa: PLC0415
    from fluxhound.sharing.peers.web import ReceiverError  # noqa: PLC0415
    from fluxhound.sharing.stix.bundle import objects_of  # noqa: PLC0415

    headers = {"Accept": MEDIA_TYPE, "Content-Type": MEDIA_TYPE}
    receiver = receiver_of(given["url"], given, headers | authorization(secret_of(given)))
    with shipment(given) as leaving:
        material, terms = leaving.selection.material, leaving.terms
        made = export("stix", leaving.selection.findings, terms, material)
        objects = objects_of(leaving.outbound.offers, material.past, terms)
    if given["send"] and objects:
        pushed = push(receiver, objects)
        click.echo(
            f"{len(objects):,} objects: {pushed.success:,} taken, {pushed.failed:,} not taken, "
            f"{pushed.pending:,} pending."
        )
        if pushed.failed:
            said = pushed.reasons[0] if pushed.reasons else "no reason is told"
            raise ReceiverError(f"{given['url']}: {pushed.failed:,} objects not taken ({said}).")
    tell(made, leaving.request, sent=given["send"], where=given["url"])
