"""Who had to do with a name, as a table for people, JSON lines or CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

from fluxhound.intel.contacts import SPREAD_ADDRESSES, SPREAD_S
from fluxhound.intel.involved import Involved
from fluxhound.sharing.defang import defang
from fluxhound.sharing.escape import csv_text, printable

#: The columns of the CSV; those after ``weak`` only with lists of URLs.
COLUMNS = (
    "name", "client", "kind", "asked", "first", "last", "connections", "established", "octets",
    "addresses", "shared", "within", "spread", "weak",
)  # fmt: skip
URL_COLUMNS = ("received", "received_first", "urls")
_HEADINGS = ("NAME", "CLIENT", "ASKED", "FIRST", "LAST", "CONNECTIONS", "OCTETS", "ADDRESSES")
_NOT_KNOWN = "-"
_ASKED = {True: "yes", False: "no", None: _NOT_KNOWN}


def render_table(
    rows: Sequence[Involved], summary: str, *, defanged: bool, urls: bool, full: bool
) -> str:
    """Return the *summary* and one line for each row; every text is escaped."""
    headings = (*_HEADINGS, *(("RECEIVED",) if urls else ()), "REMARKS")
    cells = [headings, *(_cells(row, defanged=defanged, urls=urls, full=full) for row in rows)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(headings))]
    lines = [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]
    return "\n".join([summary, *(lines if rows else [])]) + "\n"


def render_jsonl(rows: Sequence[Involved]) -> Iterator[str]:
    """Yield one JSON document for each row, each in a line."""
    for row in rows:
        yield json.dumps(row.document(), ensure_ascii=True) + "\n"


def render_csv(rows: Sequence[Involved], *, urls: bool) -> str:
    """Return a table with a heading line; what is not known is empty."""
    columns = (*COLUMNS, *(URL_COLUMNS if urls else ()))
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        document = row.document()
        writer.writerow([_cell(document[column]) for column in columns])
    return target.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return csv_text(" ".join(value) if isinstance(value, list) else str(value))


def _cells(row: Involved, *, defanged: bool, urls: bool, full: bool) -> tuple[str, ...]:
    contact, receipt, told = row.contact, row.receipt, row.document()
    name = defang(row.name) if defanged else row.name
    addresses = str(len(contact.addresses)) if contact else "0"
    if contact and contact.shared:
        addresses += f" ({contact.shared} shared)"
    octets = contact.octets if contact else None
    return (
        printable(name),
        printable(row.client),
        _ASKED[row.asked],
        told["first"] or _NOT_KNOWN,
        told["last"] or _NOT_KNOWN,
        f"{contact.connections:,}" if contact else "0",
        f"{octets:,}" if octets is not None else _NOT_KNOWN,
        addresses,
        *((f"{receipt.count:,}" if receipt else "0",) if urls else ()),
        _remarks(row, full=full),
    )


def _remarks(row: Involved, *, full: bool) -> str:
    contact, said = row.contact, []
    if row.recipient:
        said.append("recipient of mail")
    elif not contact and not row.receipt:
        said.append("asked only")
    if contact and contact.spread:
        said.append(f"{contact.within} addresses in {SPREAD_S // 60} minutes")
    if contact and contact.weak:
        alone = contact.shared == len(contact.addresses)
        said.append("weak: other names, too" if alone else "weak: no answer")
    if full and row.receipt and row.receipt.urls:
        said.append(printable(defang(row.receipt.urls[0])))
    return ", ".join(said)


#: What a spread means, for the help of the command.
SPREAD_WORDS = f"{SPREAD_ADDRESSES} addresses within {SPREAD_S // 60} minutes"
