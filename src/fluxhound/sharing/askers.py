"""Who asked for a name, as a table for people, JSON lines or CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

from fluxhound.history.whoasked import Asker, WhoAsked
from fluxhound.sharing.defang import defang
from fluxhound.sharing.escape import csv_text, printable

#: The columns of the CSV, and their headings in the table.
COLUMNS = ("client", "first", "last", "count", "names")
_NOT_STORED = "-"
#: Names that are shown for each client in the table.
_NAMES_SHOWN = 3


def render_table(found: WhoAsked, *, defanged: bool) -> str:
    """Return one sentence and one line for each client; every text is escaped."""
    rows = [tuple(name.upper() for name in COLUMNS)]
    rows += [_cells(each, defanged=defanged) for each in found.clients]
    widths = [max(len(row[at]) for row in rows) for at in range(len(COLUMNS))]
    lines = [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([_summary(found, defanged=defanged), *(lines if found.clients else [])]) + "\n"


def render_jsonl(found: WhoAsked) -> Iterator[str]:
    """Yield one JSON document for each client, each in a line."""
    for each in found.clients:
        yield json.dumps({"name": found.name, **each.document()}, ensure_ascii=True) + "\n"


def render_csv(found: WhoAsked) -> str:
    """Return a table with a heading line; what is not known is empty."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(COLUMNS)
    for each in found.clients:
        document = each.document()
        known = ("" if document[key] is None else str(document[key]) for key in COLUMNS[1:4])
        names = csv_text(" ".join(each.names))
        writer.writerow([csv_text(each.client), *known, names])
    return target.getvalue()


def _summary(found: WhoAsked, *, defanged: bool) -> str:
    name = _name(found.name, defanged=defanged)
    if not found.clients:
        return f"{name}: no client is known to have asked for it."
    clients, times = len(found.clients), found.count
    more = (
        " and more, of whom only the number of questions is kept or listed" if found.capped else ""
    )
    asked = f" asked {times:,} {'time' if times == 1 else 'times'}" if times else " asked"
    return f"{name}: {clients:,} {'client' if clients == 1 else 'clients'}{more}{asked}."


def _cells(each: Asker, *, defanged: bool) -> tuple[str, ...]:
    document = each.document()
    shown = [_name(name, defanged=defanged) for name in each.names[:_NAMES_SHOWN]]
    rest = len(each.names) - len(shown)
    return (
        printable(each.client),
        document["first"] or _NOT_STORED,
        document["last"] or _NOT_STORED,
        _NOT_STORED if each.count is None else str(each.count),
        ", ".join(shown) + (f" and {rest} more" if rest else ""),
    )


def _name(name: str, *, defanged: bool) -> str:
    return printable(defang(name) if defanged else name)
