"""``fluxhound clients``: who asked for a name, and with the key, at which address."""

from __future__ import annotations

import os
import pwd
import socket
import sys
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
    from fluxhound.history.whoasked import WhoAsked

WHERE = "Where to look"
IDENTIFYING = "Identifying"
FORMATS = ("table", "jsonl", "csv")

EXAMPLES = """
$ fluxhound clients 'evil[.]example' --store flux.duckdb --since 7d
$ fluxhound clients evil.example --url http://[::1]:8053 --token-file token
$ fluxhound clients evil.example --identify hosts --key key --reason 'case 7'
"""

_PATH = click.Path(path_type=Path)


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@click.argument("name")
@with_options(
    option(WHERE, "--store", type=_PATH, metavar="FILE", help="The store, if no service uses it."),
    option(WHERE, "--url", metavar="URL", help="A running service, e.g. http://127.0.0.1:8053."),
    option(WHERE, "--token-file", type=_PATH, metavar="FILE", help="File with its token."),
    option(WHERE, "--since", metavar="TIME", help="Only from then on: 2h, 7d ago, or ISO 8601."),
    option(WHERE, "--config", type=_PATH, metavar="FILE", help="Settings [$FLUXHOUND_CONFIG]."),
    option(
        IDENTIFYING,
        "--identify",
        multiple=True,
        metavar="NETWORK|FILE",
        help="Try these addresses: a network, or a file with one a line. Repeatable.",
    ),
    option(IDENTIFYING, "--key", type=_PATH, metavar="FILE", help="The key of the pseudonyms."),
    option(IDENTIFYING, "--reason", metavar="TEXT", help="Why; it is written to the audit log."),
    option(
        SCREEN,
        "--format",
        type=click.Choice(FORMATS),
        help="Format of the result [table on a terminal, else jsonl].",
    ),
    option(
        SCREEN,
        "--defang/--no-defang",
        default=None,
        help="Make names unclickable in output for people [yes].",
    ),
)
def command(**given: Any) -> None:
    """List the clients that asked for a name.

    Those that asked for anything below it count as well. NAME may be defanged. Clients are
    pseudonyms; with the key they are identified among the addresses given, and the audit log
    beside the store (beside the key with --url) says so.
    """
    settings = config.load(given["config"])
    check_identifying(given, settings)
    found = _found(given, settings)
    if given["identify"]:
        found = _identified(found, given, settings)
    _write(found, given, settings)


def check_identifying(given: dict[str, Any], settings: Settings) -> None:
    """Refuse what is missing for identifying, before anything is looked up.

    Raises:
        UsageError: the key, the reason or the addresses are missing.
    """
    if not given["identify"]:
        if given["key"] or given["reason"]:
            raise UsageError("--key and --reason are for --identify: give addresses to try.")
        return
    if not (given["key"] or settings.clients.key_file):
        raise UsageError("Clients are identified only with the key: add --key FILE.")
    if not (given["reason"] or "").strip():
        raise UsageError("Say why clients are identified: add --reason TEXT.")


def _found(given: dict[str, Any], settings: Settings) -> WhoAsked:
    from fluxhound.cli.remote import ask_service, read_token  # noqa: PLC0415 - --help must not wait
    from fluxhound.cli.wanted import plain_name  # noqa: PLC0415
    from fluxhound.history.names import canonical_name  # noqa: PLC0415

    name = canonical_name(plain_name(given["name"]))
    now = datetime.now(UTC)
    since = parse_moment(given["since"], now=now, option="--since") if given["since"] else None
    if given["url"]:
        if given["store"] or not given["token_file"]:
            raise UsageError("Give --url with --token-file, or --store, not both.")
        return ask_service(given["url"], read_token(given["token_file"]), name, since=since)
    return _from_store(given, settings, name, since)


def _store_path(given: dict[str, Any], settings: Settings) -> Path:
    path: Path | None = given["store"] or settings.engine.store
    if path is None or not path.exists():
        raise UsageError("Say where to look: a --store that exists, or --url of a service.")
    return path


def _from_store(
    given: dict[str, Any], settings: Settings, name: str, since: datetime | None
) -> WhoAsked:
    from fluxhound.history.clientkey import is_key_of  # noqa: PLC0415
    from fluxhound.history.store import Store  # noqa: PLC0415
    from fluxhound.history.whoasked import who_asked  # noqa: PLC0415

    path = _store_path(given, settings)
    try:
        store = Store(path)
    except StoreError as error:
        if "in use" not in str(error):
            raise
        raise StoreError(f"{error} Or ask the service that uses it: --url URL.") from error
    with store:
        if given["identify"] and not is_key_of(store, _key(given, settings)):
            raise StoreError(f"{path}: its clients were not hashed with this key.")
        return who_asked(store.connection, name, since=since.timestamp() if since else None)


def _key(given: dict[str, Any], settings: Settings) -> bytes:
    from fluxhound.history.clientkey import load_key  # noqa: PLC0415

    return load_key(_key_path(given, settings), create=False)


def _key_path(given: dict[str, Any], settings: Settings) -> Path:
    path = given["key"] or settings.clients.key_file
    assert path is not None  # noqa: S101 - checked before anything else
    return Path(path)


def _identified(found: WhoAsked, given: dict[str, Any], settings: Settings) -> WhoAsked:
    """Return *found* with addresses, once the audit log says who asked for them and why."""
    from fluxhound.history.audit import append  # noqa: PLC0415
    from fluxhound.history.clients import pseudonym_text  # noqa: PLC0415
    from fluxhound.history.identification import candidates, identify  # noqa: PLC0415

    key_path, key = _key_path(given, settings), _key(given, settings)
    wanted = {int(c.client, 16) for c in found.clients if _is_pseudonym(c.client)}
    tried = [candidates(text) for text in given["identify"]]  # told at once if one is wrong
    addresses: dict[int, str] = {}
    for each in tried:
        addresses |= identify(wanted - set(addresses), key, each)
    beside = key_path if given["url"] else _store_path(given, settings)
    append(
        beside.with_name(f"{beside.name}.audit.jsonl"),
        {
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "user": _user(),
            "host": socket.gethostname(),
            "name": found.name,
            "clients": len(found.clients),
            "identified": len(addresses),
            "tried": " ".join(given["identify"]),
            "reason": given["reason"].strip(),
        },
    )
    return found.identified({pseudonym_text(each): text for each, text in addresses.items()})


def _is_pseudonym(text: str) -> bool:
    return len(text) == 16 and set(text) <= set("0123456789abcdef")  # noqa: PLR2004


def _user() -> str:
    """Return the account that runs this, and the one behind it if it says so."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = str(os.getuid())
    behind = os.environ.get("SUDO_USER")
    return f"{name} (sudo: {behind})" if behind else name


def _write(found: WhoAsked, given: dict[str, Any], settings: Settings) -> None:
    from fluxhound.sharing.askers import render_csv, render_jsonl, render_table  # noqa: PLC0415

    defanged = settings.output.defang if given["defang"] is None else given["defang"]
    chosen = given["format"] or ("table" if sys.stdout.isatty() else "jsonl")
    if chosen == "table":
        click.echo(render_table(found, defanged=defanged), nl=False)
    elif chosen == "csv":
        click.echo(render_csv(found), nl=False)
    else:
        for line in render_jsonl(found):
            click.echo(line, nl=False)
