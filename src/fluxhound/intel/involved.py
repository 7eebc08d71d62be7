"""Who had to do with a name: who received it, who asked for it, who connected. One row for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from fluxhound.history.whoasked import WhoAsked
from fluxhound.intel.contacts import Contact
from fluxhound.intel.pseudonyms import Pseudonyms
from fluxhound.intel.receipts import Receipt

_PSEUDONYM = re.compile("[0-9a-f]{16}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Involved:
    """One client, or one recipient of mail, and one name."""

    name: str
    client: str  # a pseudonym, or what it stands for
    recipient: bool  # it is a recipient of mail, not a client
    asked: bool | None  # ``None``: not known
    contact: Contact | None = None
    receipt: Receipt | None = None

    def document(self) -> dict[str, Any]:
        """Return the row as JSON is made of it; what is not known is null."""
        contact, receipt = self.contact, self.receipt
        return {
            "name": self.name,
            "client": self.client,
            "kind": "recipient" if self.recipient else "client",
            "asked": self.asked,
            "first": _iso(contact.first) if contact else None,
            "last": _iso(contact.last) if contact else None,
            "connections": contact.connections if contact else 0,
            "established": contact.established if contact else None,
            "octets": contact.octets if contact else None,
            "addresses": list(contact.addresses) if contact else [],
            "shared": contact.shared if contact else 0,
            "within": contact.within if contact else 0,
            "spread": contact.spread if contact else False,
            "weak": contact.weak if contact else False,
            "received": receipt.count if receipt else 0,
            "received_first": _iso(receipt.first) if receipt else None,
            "urls": list(receipt.urls) if receipt else [],
        }


def involved(
    contacts: Sequence[Contact],
    receipts: Sequence[Receipt],
    pseudonyms: Pseudonyms,
    *,
    identified: bool,
    askers: Iterable[WhoAsked] = (),
) -> tuple[Involved, ...]:
    """Return contacts and receipts as one list, a client's side by side; who connected comes first.

    Clients and recipients are pseudonyms unless they are *identified*. Of *askers*, those follow
    who did neither; without the operator's key, one may be the same as a client above.
    """
    rows = {
        (each.name, each.client, False): Involved(
            name=each.name, client=each.client, recipient=False, asked=None, contact=each
        )
        for each in contacts
    }
    for receipt in receipts:
        key = (receipt.name, receipt.party, receipt.recipient)
        known = rows.get(key) or Involved(
            name=receipt.name, client=receipt.party, recipient=receipt.recipient, asked=None
        )
        rows[key] = replace(known, receipt=receipt)
    shown: Callable[[str], str] = str if identified else pseudonyms.of
    told = tuple(_told(rows.values(), pseudonyms, shown))
    accounted = {(row.name, p) for row in rows.values() for p in pseudonyms.every(row.client)}
    accounted |= {(row.name, row.client) for row in rows.values()}
    return told + tuple(_asked_only(askers, accounted, shown))


def _asked_only(
    askers: Iterable[WhoAsked], known: set[tuple[str, str]], shown: Callable[[str], str]
) -> Iterable[Involved]:
    for found in askers:
        for each in found.clients:
            if (found.name, each.client) not in known:
                # An operator may have chosen to store addresses; here they are hidden all the same.
                client = each.client if _PSEUDONYM.fullmatch(each.client) else shown(each.client)
                yield Involved(name=found.name, client=client, recipient=False, asked=True)


def _told(
    rows: Iterable[Involved], pseudonyms: Pseudonyms, shown: Callable[[str], str]
) -> Iterable[Involved]:
    for row in rows:
        asked = None if row.recipient else pseudonyms.asked(row.name, row.client)
        yield replace(row, asked=asked, client=shown(row.client))


def _iso(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
