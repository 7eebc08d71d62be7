"""``fluxhound export``: findings in the formats that other people and programs read."""

from __future__ import annotations

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
    make_request,
    with_options,
)
from fluxhound.cli.outgoing import selected, selection_options, summary, terms_of
from fluxhound.errors import UsageError

#: The formats of ``sharing.exports``, told here because --help must not wait for them.
FORMATS = (
    *("stix", "misp", "misp-feed", "cof", "intelmq", "sigma"),
    *("ecs", "ocsf", "cef", "leef", "csv", "markdown", "html", "json"),
)
FOLDERS = frozenset({"misp-feed"})
RESULTS = "Results"

EXAMPLES = """
$ fluxhound export --format stix dns.log -o findings.stix.json
$ fluxhound export --format misp-feed --store flux.duckdb -o feed/
$ fluxhound export --format sigma --from findings.jsonl --minimum high
$ fluxhound export --format cof --store flux.duckdb --name 'evil[.]example'
"""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@click.argument("inputs", nargs=-1, metavar="[INPUT...]")
@with_options(
    option(
        RESULTS,
        "--format",
        type=click.Choice(FORMATS),
        required=True,
        metavar="FORMAT",
        help=f"One of {', '.join(FORMATS)}.",
    ),
    option(
        RESULTS,
        "-o",
        "--output",
        type=click.Path(path_type=Path),
        metavar="FILE|DIR",
        help="Write here; misp-feed is a folder.",
    ),
    *selection_options(),
    *READING_OPTIONS,
    *ENGINE_OPTIONS,
    *SCREEN_OPTIONS,
)
def command(**given: Any) -> None:
    """Write findings in the formats that others read: STIX, MISP, SIEMs.

    Take them from logs, from a --store, or from a result saved earlier, which has no history of
    addresses. Nothing about the clients that asked leaves, not even their number.
    """
    now = datetime.now(UTC)
    request = make_request(given, now=now)

    # --help must not wait for the engine.
    from fluxhound.cli.results import check_output, write_file  # noqa: PLC0415
    from fluxhound.sharing.exports import FORMATS as KNOWN  # noqa: PLC0415
    from fluxhound.sharing.exports import export  # noqa: PLC0415

    name, output = given["format"], given["output"]
    if name in FOLDERS:
        check_folder(output)
    elif output:
        check_output(output)
    terms = terms_of(given, now=now)
    with selected(request, given, back=KNOWN[name].looks_back) as chosen:
        made = export(name, chosen.findings, terms, chosen.material)
    if name in FOLDERS:
        write_folder(output, made.files)
    elif output:
        write_file(output, [made.content])
    else:
        sys.stdout.buffer.write(made.content)
        sys.stdout.buffer.flush()
    if request.verbosity >= 0:
        without = chosen.without_history if KNOWN[name].looks_back else 0
        click.echo(summary(made, without_history=without), err=True)


def check_folder(path: Path | None) -> None:
    """Refuse what is no folder, before a long analysis.

    Raises:
        UsageError: there is no folder, or a file of its name.
    """
    if path is None:
        raise UsageError("misp-feed is a folder of files: say where with -o DIR.")
    if path.exists() and not path.is_dir():
        raise UsageError(f"{path}: this is no folder.")


def write_folder(path: Path, files: Any) -> None:
    """Write the files of a folder, those that name the others last.

    Raises:
        UsageError: it cannot be written.
    """
    from fluxhound.cli.results import write_file  # noqa: PLC0415 - --help must not wait

    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{path}: the folder cannot be made ({error.strerror}).") from error
    for name, content in files.items():
        write_file(path / name, [content])
