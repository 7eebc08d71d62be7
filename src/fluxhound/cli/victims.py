"""``fluxhound victims``: which of the own hosts are infected, as the sinkhole saw them."""

from __future__ import annotations

import os
import pwd
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fluxhound import config
from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.moments import parse_moment
from fluxhound.cli.options import SCREEN, with_options
from fluxhound.config import Settings
from fluxhound.errors import StoreError, UsageError

if TYPE_CHECKING:
    from fluxhound.response.sinkhole.victims import DnsQuestions, Victims

WHERE = "Where to look"
ASKED = "Who asked the DNS"
FORMATS = ("table", "jsonl", "csv", "stix")

EXAMPLES = """
$ fluxhound victims --folder sinkhole --own 10.0.0.0/8 --since 7d
$ fluxhound victims --folder sinkhole --store flux.duckdb --key clients.key
$ fluxhound victims --folder sinkhole --format stix > sightings.json
"""

_PATH = click.Path(path_type=Path)


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@with_options(
    option(
        WHERE, "--folder", type=_PATH, required=True, metavar="DIR", help="The sinkhole's folder."
    ),
    option(
        WHERE,
        "--own",
        multiple=True,
        metavar="NETWORK",
        help="Your networks [all that the Internet does not route]. Repeatable.",
    ),
    option(WHERE, "--since", metavar="TIME", help="Only from then on: 2h, 7d ago, or ISO 8601."),
    option(WHERE, "--all", "everybody", is_flag=True, help="Scanners and outside clients, too."),
    option(WHERE, "--config", type=_PATH, metavar="FILE", help="Settings [$FLUXHOUND_CONFIG]."),
    option(
        ASKED, "--store", type=_PATH, metavar="FILE", help="The history, if no service uses it."
    ),
    option(ASKED, "--url", metavar="URL", help="A running service, e.g. http://127.0.0.1:8053."),
    option(ASKED, "--token-file", type=_PATH, metavar="FILE", help="File with its token."),
    option(ASKED, "--key", type=_PATH, metavar="FILE", help="The key of the clients' pseudonyms."),
    option(
        SCREEN,
        "--format",
        type=click.Choice(FORMATS),
        help="Format of the result [table on a terminal, else jsonl].",
    ),
    option(SCREEN, "--with-clients", is_flag=True, help="For stix: name the clients in it."),
    option(
        SCREEN,
        "--defang/--no-defang",
        default=None,
        help="Make names unclickable in output for people [yes].",
    ),
)
def command(**given: Any) -> None:
    """List the hosts that called the sinkhole.

    It is told since when, by which names, and what speaks for and against an infection. Scanners
    and clients of other networks are told apart. With a history it is looked up whether a client
    asked for the name before; its clients are pseudonyms, recognised with their key, which the
    audit log then tells. The table, jsonl and csv hold addresses, to clean hosts up; stix holds
    none without --with-clients.
    """
    from fluxhound.response.sinkhole.limits import STORE_NAME  # noqa: PLC0415
    from fluxhound.response.sinkhole.victims import find_victims, parse_networks  # noqa: PLC0415

    settings = config.load(given["config"])
    since = _since(given)
    own = parse_networks(given["own"])
    path = given["folder"] / STORE_NAME
    if not path.exists():
        raise UsageError(f"{given['folder']}: no sinkhole has written here. Check --folder.")
    if given["with_clients"] and given["format"] != "stix":
        raise UsageError("--with-clients is for --format stix; the other formats name clients.")
    with _history(given, settings) as (questions, network_of):
        found = find_victims(
            path,
            own=own,
            since=since.timestamp() if since else 0.0,
            questions=questions,
            network_of=network_of,
        )
    if questions is not None and questions.key is not None:
        _note(found, given, settings)
    _write(found, given, settings)


def _since(given: dict[str, Any]) -> datetime | None:
    now = datetime.now(UTC)
    return parse_moment(given["since"], now=now, option="--since") if given["since"] else None


@contextmanager
def _history(
    given: dict[str, Any], settings: Settings
) -> Iterator[tuple[DnsQuestions | None, Callable[[str], str]]]:
    """Open where it is known who asked, if it was given; tell the flux network of a name, too."""
    if given["url"] and given["store"]:
        raise UsageError("Give --url with --token-file, or --store, not both.")
    if given["url"]:
        yield _service(given, settings), lambda _: ""
    elif given["store"]:
        with _stored(given, settings) as found:
            yield found
    elif given["key"] or given["token_file"]:
        raise UsageError("--key and --token-file are for --store or --url: say where to look.")
    else:
        yield None, lambda _: ""


def _service(given: dict[str, Any], settings: Settings) -> DnsQuestions:
    from fluxhound.cli.remote import ask_service, read_token  # noqa: PLC0415
    from fluxhound.response.sinkhole.victims import DnsQuestions  # noqa: PLC0415

    if not given["token_file"]:
        raise UsageError("Give --url with --token-file.")
    token = read_token(given["token_file"])
    return DnsQuestions(
        of=lambda name: ask_service(given["url"], token, name, since=None),
        key=_key(given, settings),
    )


@contextmanager
def _stored(
    given: dict[str, Any], settings: Settings
) -> Iterator[tuple[DnsQuestions, Callable[[str], str]]]:
    from fluxhound.history.clientkey import is_key_of  # noqa: PLC0415
    from fluxhound.history.store import Store  # noqa: PLC0415
    from fluxhound.history.whoasked import who_asked  # noqa: PLC0415
    from fluxhound.response.sinkhole.fluxnetworks import flux_network  # noqa: PLC0415
    from fluxhound.response.sinkhole.victims import DnsQuestions  # noqa: PLC0415

    path: Path = given["store"]
    if not path.exists():
        raise UsageError(f"{path}: there is no store. Check --store.")
    key = _key(given, settings)
    try:
        store = Store(path)
    except StoreError as error:
        if "in use" not in str(error):
            raise
        raise StoreError(f"{error} Or ask the service that uses it: --url URL.") from error
    with store:
        if key is not None and not is_key_of(store, key):
            raise StoreError(f"{path}: its clients were not hashed with this key.")
        questions = DnsQuestions(of=lambda name: who_asked(store.connection, name), key=key)
        yield questions, lambda name: flux_network(store.connection, name)


def _key(given: dict[str, Any], settings: Settings) -> bytes | None:
    from fluxhound.history.clientkey import load_key  # noqa: PLC0415

    path = given["key"] or settings.clients.key_file
    return load_key(Path(path), create=False) if path else None


def _note(found: Victims, given: dict[str, Any], settings: Settings) -> None:
    """Write to the audit log, before it is shown, that pseudonyms of the history were recognised.

    They are those of clients whose addresses the sinkhole has; nobody else is identified.
    """
    from fluxhound.history.audit import append  # noqa: PLC0415

    key_file = given["key"] or settings.clients.key_file
    assert key_file is not None  # noqa: S101 - the key was read from it
    beside = Path(key_file) if given["url"] else Path(given["store"])
    append(
        beside.with_name(f"{beside.name}.audit.jsonl"),
        {
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "user": _account(),
            "host": socket.gethostname(),
            "name": "*",
            "clients": len(found.clients),
            "identified": sum(bool(each.asked) for each in found.clients),
            "tried": "clients of the sinkhole",
            "reason": "victims",
        },
    )


def _account() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _write(found: Victims, given: dict[str, Any], settings: Settings) -> None:
    from fluxhound.cli.sinkholing.listing import (  # noqa: PLC0415
        render_csv,
        render_jsonl,
        render_table,
        shown_kinds,
    )
    from fluxhound.response.sinkhole.judging import Kind  # noqa: PLC0415
    from fluxhound.response.sinkhole.sightings import render_stix  # noqa: PLC0415

    defanged = settings.output.defang if given["defang"] is None else given["defang"]
    chosen = given["format"] or ("table" if sys.stdout.isatty() else "jsonl")
    kinds = shown_kinds(everybody=given["everybody"])
    if chosen == "stix":
        victims = found.of(Kind.VICTIM)
        click.echo(render_stix(victims, with_clients=given["with_clients"]), nl=False)
    elif chosen == "table":
        click.echo(render_table(found, kinds, defanged=defanged), nl=False)
    elif chosen == "csv":
        click.echo(render_csv(found.of(*kinds)), nl=False)
    else:
        for line in render_jsonl(found.of(*kinds)):
            click.echo(line, nl=False)
