"""Victims as a table for people, JSON lines or CSV; every text in them is a stranger's."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence

from fluxhound.response.sinkhole.judging import Kind
from fluxhound.response.sinkhole.victims import Victim, Victims, moment
from fluxhound.sharing.defang import defang
from fluxhound.sharing.escape import csv_text, printable

COLUMNS = ("client", "kind", "first", "last", "visits", "names", "networks", "ports", "why")
_NAMES_SHOWN = 3
_REASONS_SHOWN = 2
_WORDS = {
    Kind.VICTIM: ("is a victim", "are victims"),
    Kind.UNCLEAR: ("is unclear", "are unclear"),
    Kind.SCANNER: ("is a scanner", "are scanners"),
    Kind.OUTSIDE: ("is outside", "are outside"),
}


def shown_kinds(*, everybody: bool) -> tuple[Kind, ...]:
    """Return the kinds that are listed: those that may have to be cleaned up, or all."""
    return tuple(Kind) if everybody else (Kind.VICTIM, Kind.UNCLEAR)


def render_table(found: Victims, kinds: Sequence[Kind], *, defanged: bool) -> str:
    """Return a sentence that counts, and one line for each client of *kinds*."""
    clients = found.of(*kinds)
    rows = [tuple(name.upper() for name in COLUMNS)]
    rows += [_cells(each, defanged=defanged) for each in clients]
    widths = [max(len(row[at]) for row in rows) for at in range(len(COLUMNS))]
    lines = [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([_summary(found), *(lines if clients else [])]) + "\n"


def render_jsonl(clients: Iterable[Victim]) -> Iterator[str]:
    """Yield one JSON document for each client, each in a line."""
    for each in clients:
        yield json.dumps(each.document(), ensure_ascii=True) + "\n"


def render_csv(clients: Iterable[Victim]) -> str:
    """Return a table with a heading line."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow([*COLUMNS, "score", "client_port", "ja4", "agents"])
    for each in clients:
        caller = each.caller
        writer.writerow(
            [
                csv_text(caller.client),
                each.kind.value,
                moment(caller.first),
                moment(caller.last),
                caller.visits,
                csv_text(" ".join(called.name for called in caller.called)),
                csv_text(" ".join(each.networks)),
                " ".join(map(str, caller.port_numbers)),
                csv_text("; ".join(reason.text for reason in each.reasons)),
                round(each.score, 2),
                caller.client_port,
                csv_text(" ".join(caller.fingerprints)),
                csv_text("; ".join(caller.agents)),
            ]
        )
    return target.getvalue()


def _summary(found: Victims) -> str:
    if not found.clients:
        return "No client called the sinkhole in this time."
    counts = ((len(found.of(kind)), words) for kind, words in _WORDS.items())
    told = ", ".join(f"{n:,} {words[n != 1]}" for n, words in counts if n)
    total = len(found.clients)
    text = f"{total:,} {'client' if total == 1 else 'clients'} called the sinkhole: {told}."
    if found.folded:
        text += f" {found.folded:,} more visits are known only in sum: too many clients at once."
    if found.unasked:
        text += f" For {found.unasked:,} more names it was not looked up who asked."
    return text


def _cells(each: Victim, *, defanged: bool) -> tuple[str, ...]:
    caller = each.caller
    names = [
        printable(defang(c.name) if defanged else c.name) for c in caller.called[:_NAMES_SHOWN]
    ]
    rest = caller.names - len(names)
    reasons = [_reason(reason.text, each, defanged=defanged) for reason in each.reasons]
    return (
        printable(caller.client),
        each.kind.value,
        moment(caller.first) or "",
        moment(caller.last) or "",
        str(caller.visits),
        ", ".join(names) + (f" and {rest} more" if rest > 0 else "") or "-",
        " ".join(each.networks) or "-",
        " ".join(map(str, caller.port_numbers[:5])) or "-",
        "; ".join(reasons[:_REASONS_SHOWN]) or "-",
    )


def _reason(text: str, each: Victim, *, defanged: bool) -> str:
    """Return the text of a reason, the names in it made unclickable."""
    names = {called.name for called in each.caller.called} | {a.name for a in each.asked}
    if defanged:
        for name in sorted(names, key=len, reverse=True):
            text = text.replace(f" {name}", f" {defang(name)}")
    return printable(text)
