"""``fluxhound share feed``: a folder that MISP servers read as a feed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from fluxhound.cli.help import GroupedCommand
from fluxhound.cli.options import with_options
from fluxhound.cli.sharing.sending import SEND, SHARED_OPTIONS, shipment, tell

EXAMPLES = """
$ fluxhound share feed /srv/feed --store flux.duckdb --tlp green
$ fluxhound share feed /srv/feed --store flux.duckdb --tlp green --send
"""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.argument("inputs", nargs=-1, metavar="[INPUT...]")
@with_options(SEND, *SHARED_OPTIONS)
def command(**given: Any) -> None:
    """Keep a folder as a MISP feed, to be served by any web server.

    It then holds what stands now: events of earlier runs that no longer stand are removed. Without
    --send nothing is written: what would go is shown.
    """
    from fluxhound.cli.export import check_folder, write_folder  # noqa: PLC0415
    from fluxhound.sharing.exports import export  # noqa: PLC0415 - --help must not wait

    folder = given["folder"]
    check_folder(folder)
    with shipment(given) as leaving:
        findings, material = leaving.selection.findings, leaving.selection.material
        made = export("misp-feed", findings, leaving.terms, material)
    if given["send"]:
        before = _listed(folder)
        write_folder(folder, made.files)
        for name in before - set(made.files):
            (folder / name).unlink(missing_ok=True)
    tell(made, leaving.request, sent=given["send"], where=str(folder))


def _listed(folder: Path) -> set[str]:
    """Return the files of the events that the folder's manifest names, and no others."""
    import json  # noqa: PLC0415
    import uuid  # noqa: PLC0415

    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return set()
    names = set()
    for key in manifest if isinstance(manifest, dict) else ():
        try:
            names.add(f"{uuid.UUID(key)}.json")
        except ValueError:
            continue
    return names
