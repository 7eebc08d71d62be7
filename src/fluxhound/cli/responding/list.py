"""``fluxhound respond list``: the entries."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.options import with_options
from fluxhound.cli.responding.choices import SCREEN_OPTIONS, STORE, STORE_OPTIONS
from fluxhound.errors import UsageError

if TYPE_CHECKING:
    from fluxhound.config import Settings
    from fluxhound.response.entries import Entry

_PATH = click.Path(path_type=Path)

EXAMPLES = """
$ fluxhound respond list --store flux.duckdb
$ fluxhound respond list --store flux.duckdb --waiting --format jsonl
$ fluxhound respond list --url http://127.0.0.1:8053 --token-file token
"""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@with_options(
    *STORE_OPTIONS,
    option(STORE, "--url", metavar="URL", help="A service that uses the store; ask it instead."),
    option(STORE, "--token-file", type=_PATH, metavar="FILE", help="File with its token."),
    option(STORE, "--waiting", is_flag=True, help="Only what waits for a person."),
    *SCREEN_OPTIONS,
)
def command(**given: Any) -> None:
    """List the entries in force and those that wait."""
    from fluxhound.cli.responding import rendering  # noqa: PLC0415 - --help must not wait
    from fluxhound.response.documents import entry_document  # noqa: PLC0415

    every, now, settings = _served(given) if given["url"] else _stored(given)
    entries = [each for each in every if not (given["waiting"] and each.approved_by)]
    if rendering.chosen(given["format"]) == "table":
        defang = settings.output.defang if given["defang"] is None else given["defang"]
        click.echo(rendering.entries_text(entries, now, defanged=defang), nl=False)
        return
    rendering.write_lines(
        {**entry_document(entry), "state": rendering.state_of(entry, now)} for entry in entries
    )


def _stored(given: dict[str, Any]) -> tuple[Sequence[Entry], datetime, Settings]:
    from fluxhound.cli.responding.opened import opened  # noqa: PLC0415 - --help must not wait

    if given["token_file"]:
        raise UsageError("--token-file is for --url: say which service to ask.")
    with opened(given) as there:
        return there.register.every(), there.now, there.settings


def _served(given: dict[str, Any]) -> tuple[Sequence[Entry], datetime, Settings]:
    """Return the entries that a service tells.

    Raises:
        UsageError: there is no token.
        StoreError: the service refuses, or answers something else.
    """
    from fluxhound.cli.remote import call, no_answer, read_token  # noqa: PLC0415
    from fluxhound.cli.responding.choices import load  # noqa: PLC0415
    from fluxhound.response.documents import entry_of  # noqa: PLC0415

    if given["store"] or not given["token_file"]:
        raise UsageError("Give --url with --token-file, or --store, not both.")
    body = call(given["url"], read_token(given["token_file"]), "/api/v1/response")
    try:
        told = json.loads(body)
        entries = [entry_of(each) for each in (*told["in_force"], *told["waiting"])]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise no_answer(given["url"]) from error
    return entries, datetime.now(UTC), load(given)
