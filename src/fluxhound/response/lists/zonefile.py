"""RPZ zone files, for resolvers that read them from disk: one for each of the zones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fluxhound.response.lists.selection import Selection, header, text
from fluxhound.response.serial import MODULUS
from fluxhound.response.zone import ROLES, RULE_TTL, Record, ordered, wanted


def render(selection: Selection) -> Mapping[str, str]:
    """Return a complete zone file for each zone, named after it; the serial is the time."""
    found = wanted(selection.every, selection.names, selection.now)
    serial = int(selection.now.timestamp()) % MODULUS
    return {
        f"{selection.names.of(role)}.zone": text(
            _lines(selection, selection.names.of(role), ordered(found.records[role]), serial)
        )
        for role in ROLES
    }


def _lines(selection: Selection, zone: str, records: list[Record], serial: int) -> Iterator[str]:
    yield from header(
        selection, ";", len(records), "Order on a resolver: pass, block, servers, watch."
    )
    yield f"$ORIGIN {zone}."
    yield f"$TTL {RULE_TTL}"
    yield f"@ SOA localhost. hostmaster.localhost. {serial} 60 10 2592000 {RULE_TTL}"
    yield "@ NS localhost."
    for each in records:
        yield f"{each.owner} {each.type} {each.value}"
