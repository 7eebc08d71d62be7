"""The history of one entity on a terminal: growth, refreshes, and whose the addresses are."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from fluxhound.records import AddressRow, Change, Timeline
from fluxhound.sharing import measures, series
from fluxhound.sharing.grid import Cell, Column
from fluxhound.sharing.sheet import INDENT, Sheet

CHANGES_SHOWN = 12
CHANGES_SHOWN_VERBOSE = 100
LAST_CHANGES = 2
ADDRESSES_SHOWN = 3
NETWORKS_SHOWN = 10
SPARK_WIDTH = 60


def print_timeline(sheet: Sheet, timeline: Timeline) -> None:
    """Print the growth of distinct addresses as a sparkline, and the refreshes."""
    sheet.heading("TIMELINE (UTC)")
    _print_growth(sheet, timeline)
    shown = _chosen(timeline.changes, sheet.verbosity)
    left_out = timeline.changes_left_out + len(timeline.changes) - len(shown)
    columns = _change_columns(sheet.width)
    sheet.rows(columns, [Cell(text=column.heading, style="dim") for column in columns])
    for place, change in enumerate(shown):
        if place == len(shown) - LAST_CHANGES and len(shown) < len(timeline.changes):
            sheet.say(Text(INDENT + sheet.write.sign("…"), style="dim"))
        sheet.rows(columns, _change_cells(sheet, change))
    if left_out:
        more = "-vv shows all that were kept" if sheet.verbosity else "-v shows more"
        counted = measures.amount(left_out, "more answer set")
        sheet.say(Text(f"{INDENT}not shown: {counted} ({more})", style="dim"))


def print_networks(sheet: Sheet, timeline: Timeline) -> None:
    """Print the holders of most addresses; with -vv every address."""
    networks = series.by_network(timeline.rows)
    if not networks:
        return
    sheet.heading("ADDRESSES BY ASN")
    columns = (
        Column(heading="", width=5, right=True),
        Column(heading="", width=12),
        Column(heading="", width=max(sheet.width - 23, 10)),
    )
    for network in networks[:NETWORKS_SHOWN]:
        where = ", ".join(network.countries)
        holder = f"{network.holder} ({where})" if where else network.holder
        texts = (f"{network.addresses:,}", network.label, sheet.write.text(holder))
        sheet.rows(columns, [Cell(text=text) for text in texts])
    rest = networks[NETWORKS_SHOWN:]
    if rest:
        amount = sum(network.addresses for network in rest)
        more = measures.amount(len(rest), "more ASN")
        sheet.say(Text(f"{INDENT}and {amount:,} in {more}", style="dim"))
    if timeline.rows_left_out:
        counted = measures.amount(timeline.rows_left_out, "address", "addresses")
        sheet.say(Text(f"{INDENT}and {counted} not kept for the time line", style="dim"))
    if sheet.verbosity > 1:
        _print_addresses(sheet, timeline.rows)


def _print_growth(sheet: Sheet, timeline: Timeline) -> None:
    within = series.extent([timeline])
    growth = series.growth(timeline)
    if within is None or not growth.steps:
        return
    bars = series.sparkline(growth.steps, within, min(SPARK_WIDTH, sheet.width - 2))
    sheet.say(Text(INDENT + sheet.write.sign(bars), style="cyan"))
    least = "" if growth.complete else "at least "
    span = f"{within.first:%Y-%m-%d %H:%M} {sheet.write.sign('→')} {within.last:%Y-%m-%d %H:%M}"
    counted = measures.amount(growth.total, "distinct address", "distinct addresses")
    sheet.paragraph(f"{least}{counted} seen so far, {span}", INDENT)


def _change_columns(width: int) -> tuple[Column, ...]:
    return (
        Column(heading="time", width=14),
        Column(heading="type", width=4),
        Column(heading="new", width=9, right=True),
        Column(heading="TTL", width=6, right=True),
        Column(heading="addresses", width=max(width - 43, 12)),
    )


def _change_cells(sheet: Sheet, change: Change) -> list[Cell]:
    ttl = measures.UNSEEN if change.ttl is None else str(change.ttl)
    texts = (
        f"{change.time:%m-%d %H:%M:%S}",
        sheet.write.text(change.type),
        f"{change.new} of {len(change.addresses)}",
        sheet.write.sign(ttl),
        _some(sheet, change.addresses),
    )
    return [Cell(text=text) for text in texts]


def _chosen(changes: Sequence[Change], verbosity: int) -> list[Change]:
    """Return the refreshes to show: the first and, where some are left out, the last ones."""
    most = CHANGES_SHOWN_VERBOSE if verbosity else CHANGES_SHOWN
    if verbosity > 1 or len(changes) <= most:
        return list(changes)
    return [*changes[: most - LAST_CHANGES], *changes[-LAST_CHANGES:]]


def _some(sheet: Sheet, addresses: Sequence[str]) -> str:
    shown = addresses if sheet.verbosity > 1 else addresses[:ADDRESSES_SHOWN]
    names = " ".join(sheet.write.name(address) for address in shown)
    left_out = len(addresses) - len(shown)
    return f"{names} +{left_out}" if left_out else names


def _print_addresses(sheet: Sheet, rows: Sequence[AddressRow]) -> None:
    sheet.heading("ADDRESSES in order of first appearance")
    for row in rows:
        facts = row.facts
        first = f"{row.spans[0].first:%m-%d %H:%M}" if row.spans else measures.UNSEEN
        asn = series.asn_label(facts.asn)
        about = " ".join(filter(None, (asn, facts.holder, facts.country, facts.kind)))
        text = f"{sheet.write.sign(first)}  {sheet.write.name(facts.address)}  "
        sheet.paragraph(text + sheet.write.text(about), INDENT)
