"""``fluxhound explain``: the evidence for and against one name."""

from __future__ import annotations

import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.options import (
    ENGINE_OPTIONS,
    READING_OPTIONS,
    SCREEN_OPTIONS,
    Request,
    make_request,
    with_options,
)
from fluxhound.errors import UsageError

WHERE = "Where to look"
ENTITIES = ("name", "registered-domain", "name-server", "network")

EXAMPLES = """
$ fluxhound explain 'evil[.]example' dns.log
$ fluxhound explain evil.example --store flux.duckdb
$ fluxhound explain evil.example --from findings.jsonl
$ fluxhound explain ns1.evil.example dns.pcap --entity name-server
"""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@click.argument("name")
@click.argument("inputs", nargs=-1, metavar="[INPUT...]")
@with_options(
    option(
        WHERE,
        "--from",
        "saved",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="A saved result (--format jsonl or json).",
    ),
    option(WHERE, "--entity", type=click.Choice(ENTITIES), help="What NAME is, if it is several."),
    *READING_OPTIONS,
    *ENGINE_OPTIONS,
    *SCREEN_OPTIONS,
)
def command(**given: Any) -> None:
    """Show the evidence for and against one name.

    NAME may be defanged. Give the logs to look in, a --store, or a result saved earlier.
    """
    request = make_request(given, now=datetime.now(UTC))
    if given["saved"] and given["inputs"]:
        raise UsageError("Give either logs or --from, not both.")
    if given["saved"]:
        _explain_saved(request, given)
    elif given["inputs"] or request.store:
        _explain_analysed(request, given)
    else:
        raise UsageError("Say where to look: a log, --store FILE, or --from FILE.")


def _explain_analysed(request: Request, given: dict[str, Any]) -> None:
    # --help must not wait for the engine.
    from fluxhound.cli.again import again  # noqa: PLC0415
    from fluxhound.cli.screen import make_console  # noqa: PLC0415
    from fluxhound.cli.session import session  # noqa: PLC0415
    from fluxhound.cli.wanted import entity_of, find_wanted, plain_name  # noqa: PLC0415
    from fluxhound.sharing.explanation import print_explanation  # noqa: PLC0415

    name = plain_name(given["name"])
    with session(request, wanted=(name,)) as analysis:
        finding = find_wanted(analysis, name, entity_of(given["entity"]))
        print_explanation(
            make_console(sys.stdout, request.color),
            finding,
            analysis.timeline(finding.name, finding.entity),
            verbosity=request.verbosity,
            defanged=request.defang,
            where=again(request),
        )


def _explain_saved(request: Request, given: dict[str, Any]) -> None:
    from fluxhound.cli.screen import make_console  # noqa: PLC0415
    from fluxhound.cli.wanted import entity_of, find_saved, plain_name  # noqa: PLC0415
    from fluxhound.sharing.explanation import print_explanation  # noqa: PLC0415

    name, entity = plain_name(given["name"]), entity_of(given["entity"])
    print_explanation(
        make_console(sys.stdout, request.color),
        find_saved(given["saved"], name, entity),
        None,
        verbosity=request.verbosity,
        defanged=request.defang,
        where=f"--from {shlex.quote(str(given['saved']))}",
    )
