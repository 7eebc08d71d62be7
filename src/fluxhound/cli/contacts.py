"""``fluxhound contacts``: which clients really connected to the answers of a name."""

from __future__ import annotations

import dataclasses
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.options import (
    ENGINE_OPTIONS,
    READING_OPTIONS,
    SCREEN,
    SCREEN_OPTIONS,
    Request,
    make_request,
    with_options,
)
from fluxhound.errors import StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fluxhound.history.store import Store
    from fluxhound.intel.contacts import Contacts
    from fluxhound.intel.involved import Involved
    from fluxhound.intel.pseudonyms import Pseudonyms
    from fluxhound.intel.receipts import Receipt
    from fluxhound.records import Finding, InputReport

JOINED = "What to join"
IDENTIFYING = "Identifying"
FORMATS = ("table", "jsonl", "csv")

EXAMPLES = """
$ fluxhound contacts --flows conn.log --dns dns.log
$ fluxhound contacts 'evil[.]example' --flows conn.log.gz --store flux.duckdb
$ fluxhound contacts evil.example --flows nfdump.csv --store flux.duckdb
"""

_PATH = click.Path(path_type=Path)


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@click.argument("names", nargs=-1, metavar="[NAME...]")
@with_options(
    option(
        JOINED,
        "--flows",
        multiple=True,
        metavar="FILE",
        help="Flows: Zeek conn.log, EVE, nfdump CSV, NetFlow, IPFIX. Repeatable.",
    ),
    option(
        JOINED,
        "--urls",
        multiple=True,
        metavar="FILE",
        help="URLs: Zeek http.log or smtp.log, a mail gateway's list. Repeatable.",
    ),
    option(
        JOINED,
        "--dns",
        multiple=True,
        metavar="INPUT",
        help="DNS logs with the answers, without a --store. Repeatable.",
    ),
    option(JOINED, "--url", metavar="URL", help="Ask a running service what NAME answered."),
    option(JOINED, "--token-file", type=_PATH, metavar="FILE", help="Its token, to share."),
    option(JOINED, "--askers", is_flag=True, help="List those who asked and did no more, too."),
    option(IDENTIFYING, "--identify", is_flag=True, help="Show addresses, not pseudonyms."),
    option(IDENTIFYING, "--key", type=_PATH, metavar="FILE", help="The key of the pseudonyms."),
    option(IDENTIFYING, "--reason", metavar="TEXT", help="Why; it is written to the audit log."),
    option(
        SCREEN,
        "--format",
        type=click.Choice(FORMATS),
        help="Format of the result [table on a terminal, else jsonl].",
    ),
    *READING_OPTIONS,
    *ENGINE_OPTIONS,
    *SCREEN_OPTIONS,
)
def command(**given: Any) -> None:
    """List the clients that connected to the answers of a name.

    Without NAME, those of all findings. A flow counts while the answer could be in use. An address
    that serves other names, too, is weak evidence. Clients are pseudonyms; with the key they are
    identified, and the audit log beside the store (beside the key without one) says so.
    """
    given["inputs"] = tuple(given.pop("dns"))
    request = make_request(given, now=datetime.now(UTC))
    if not given["flows"] and not given["urls"]:
        raise UsageError("Give what to join the answers with: --flows FILE, --urls FILE, or both.")
    key = _key(given, request)
    with _asked(request, given) as asked, _opened(asked, given) as (store, names):
        if key is not None:
            _check_key(store, key)
        _answer(store, names, key, given, request)


@contextmanager
def _asked(request: Request, given: dict[str, Any]) -> Iterator[Request]:
    """Return *request*, in place of its inputs what a service answers."""
    if not given["url"]:
        if given["token_file"]:
            raise UsageError("--token-file is for --url: say which service to ask.")
        yield request
        return
    from fluxhound.cli.correlating.remote import answers  # noqa: PLC0415 - --help must not wait

    with tempfile.TemporaryDirectory(prefix="fluxhound-") as folder:
        found = answers(given, _names(given), Path(folder))
        yield dataclasses.replace(request, inputs=(str(found),), store=None)


def _names(given: dict[str, Any]) -> list[str]:
    from fluxhound.cli.wanted import plain_name  # noqa: PLC0415 - --help must not wait
    from fluxhound.history.names import canonical_name  # noqa: PLC0415

    return sorted({canonical_name(plain_name(name)) for name in given["names"]} - {""})


def _key(given: dict[str, Any], request: Request) -> bytes | None:
    """Return the key, if there is one.

    Raises:
        UsageError: clients are to be identified and the key or the reason is missing.
    """
    from fluxhound.cli.clients import check_identifying  # noqa: PLC0415 - --help must not wait
    from fluxhound.history.clientkey import load_key  # noqa: PLC0415

    path = given["key"] or request.settings.clients.key_file
    if given["identify"]:
        check_identifying(given, request.settings)
    return load_key(Path(path), create=False) if path else None


def _check_key(store: Store, key: bytes) -> None:
    from fluxhound.history.clientkey import is_key_of  # noqa: PLC0415

    bound = "SELECT EXISTS (SELECT 1 FROM meta WHERE key = 'client_key_check')"
    if store.connection.execute(bound).fetchall()[0][0] and not is_key_of(store, key):
        raise StoreError(f"{store.path}: its clients were not hashed with this key.")


@contextmanager
def _opened(request: Request, given: dict[str, Any]) -> Iterator[tuple[Store, list[str]]]:
    """Open the history, and tell which names are asked about."""
    from fluxhound.cli.session import messages, session  # noqa: PLC0415
    from fluxhound.history.store import Store  # noqa: PLC0415

    names = _names(given)
    if names and not request.inputs and request.store and request.store.exists():
        messages(request)
        with Store(request.store, memory_bytes=request.memory, threads=request.threads) as store:
            yield store, names
        return
    with session(request, wanted=tuple(names)) as analysis:
        yield analysis.store, names or found_names(analysis)


def found_names(findings: Sequence[Finding]) -> list[str]:
    """Return the names of *findings* that clients connect to, each once: domains cover theirs."""
    from fluxhound.records import EntityKind  # noqa: PLC0415

    domains = {f.name for f in findings if f.entity is EntityKind.REGISTERED_DOMAIN}
    single = {
        f.name
        for f in findings
        if f.entity is EntityKind.NAME and f.registered_domain not in domains
    }
    return sorted(domains | single)


def _answer(
    store: Store, names: list[str], key: bytes | None, given: dict[str, Any], request: Request
) -> None:
    from fluxhound.cli.correlating.inputs import tell  # noqa: PLC0415
    from fluxhound.history.store import interruptible  # noqa: PLC0415
    from fluxhound.history.whoasked import who_asked  # noqa: PLC0415
    from fluxhound.intel.involved import involved  # noqa: PLC0415
    from fluxhound.intel.pseudonyms import Pseudonyms  # noqa: PLC0415

    with interruptible():
        contacts, receipts, reports = _joined(store, names, given)
        pseudonyms: Pseudonyms = Pseudonyms(store.connection, key)
        if given["identify"]:
            _note(store, names, given, request, len(contacts.contacts) + len(receipts))
        rows = involved(
            contacts.contacts,
            receipts,
            pseudonyms,
            identified=given["identify"],
            askers=[who_asked(store.connection, n) for n in names] if given["askers"] else (),
        )
    tell(reports, request.verbosity)
    _write(rows, contacts, names, given, request)


def _joined(
    store: Store, names: list[str], given: dict[str, Any]
) -> tuple[Contacts, tuple[Receipt, ...], tuple[InputReport, ...]]:
    from fluxhound.cli.correlating.inputs import read_all  # noqa: PLC0415
    from fluxhound.intel.contacts import Correlation  # noqa: PLC0415
    from fluxhound.intel.receipts import Receipts  # noqa: PLC0415
    from fluxhound.sources.flows import sniff as flow_formats  # noqa: PLC0415
    from fluxhound.sources.urls import sniff as url_formats  # noqa: PLC0415

    correlation = Correlation(store.connection, names)
    reports = read_all(given["flows"], flow_formats.recognise, correlation.take_all)
    receipts = Receipts(store.connection, names)
    reports += read_all(given["urls"], url_formats.recognise, receipts.take_all)
    return correlation.finish(), receipts.finish(), reports


def _note(
    store: Store, names: list[str], given: dict[str, Any], request: Request, count: int
) -> None:
    """Write to the audit log who identifies clients, and why, before they are shown."""
    import socket  # noqa: PLC0415

    from fluxhound.cli.clients import _user  # noqa: PLC0415
    from fluxhound.history.audit import append  # noqa: PLC0415

    beside = store.path or Path(given["key"] or request.settings.clients.key_file or "")
    append(
        beside.with_name(f"{beside.name}.audit.jsonl"),
        {
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "user": _user(),
            "host": socket.gethostname(),
            "name": " ".join(names)[:1000],
            "clients": count,
            "identified": count,
            "tried": " ".join((*given["flows"], *given["urls"]))[:1000],
            "reason": given["reason"].strip(),
        },
    )


def _write(
    rows: Sequence[Involved],
    contacts: Contacts,
    names: Sequence[str],
    given: dict[str, Any],
    request: Request,
) -> None:
    from fluxhound.cli.correlating.listing import (  # noqa: PLC0415
        render_csv,
        render_jsonl,
        render_table,
    )

    chosen = given["format"] or ("table" if sys.stdout.isatty() else "jsonl")
    urls = bool(given["urls"])
    if chosen == "table":
        table = render_table(
            rows,
            _summary(rows, contacts, names),
            defanged=request.defang,
            urls=urls,
            full=request.verbosity > 0,
        )
        click.echo(table, nl=False)
    elif chosen == "csv":
        click.echo(render_csv(rows, urls=urls), nl=False)
    else:
        for line in render_jsonl(rows):
            click.echo(line, nl=False)


def _summary(rows: Sequence[Involved], contacts: Contacts, names: Sequence[str]) -> str:
    connected = len({row.client for row in rows if row.contact})
    strong = len({row.client for row in rows if row.contact and not row.contact.weak})
    names_ = f"{len(names):,} {'name' if len(names) == 1 else 'names'}"
    more = " More than is listed was found." if contacts.capped else ""
    return (
        f"{connected:,} clients connected to answers of {names_}, {strong:,} of them without "
        f"doubt about the address; {contacts.watched:,} addresses looked for in "
        f"{contacts.flows:,} flows.{more}"
    )
