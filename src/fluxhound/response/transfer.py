"""Reading a policy zone as the primary has it: its SOA record, or all of it (AXFR, RFC 5936)."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass

from fluxhound.response import wire
from fluxhound.response.channel import Channel, Response
from fluxhound.response.refusals import NOERROR, NXDOMAIN, PublishError, refused
from fluxhound.response.updates import Soa, question
from fluxhound.response.wire import DamagedError, Found
from fluxhound.response.zone import Record

#: Records that are read at most. A hundred thousand names make twice as many.
MOST_RECORDS = 4_000_000

#: Records of zones that are signed (RFC 4034, RFC 5155); they are not ours to remove.
_DNSSEC = frozenset({46, 47, 48, 50, 51, 59, 60, 63, 65534})


@dataclass(frozen=True, slots=True)
class State:
    """What a zone holds, SOA and other records at its apex left out."""

    soa: Soa
    records: frozenset[Record]


def read_soa(channel: Channel, zone: str, number: int, where: str, key: str) -> Soa:
    """Return the SOA record of *zone*; its serial is what is certain about the rest of it.

    Raises:
        PublishError: the primary does not answer, or not with this zone.
    """
    response = channel.ask(question(number, zone, wire.SOA))
    _check(response, where, zone, key)
    try:
        for found in response.found:
            if found.type == wire.SOA and found.owner == zone:
                return _soa(response.octets, found)
    except DamagedError as error:
        raise _damaged(where, zone, error) from error
    raise refused(NXDOMAIN, where, zone, key)


def read_zone(channel: Channel, zone: str, number: int, where: str, key: str) -> State:
    """Return all of *zone*.

    Raises:
        PublishError: the primary does not answer, or does not hand out the zone.
    """
    try:
        with closing(_messages(channel, zone, number, where, key)) as messages:
            return _State(zone).read(messages, channel)
    except DamagedError as error:
        raise _damaged(where, zone, error) from error


def _messages(
    channel: Channel, zone: str, number: int, where: str, key: str
) -> Generator[Response, None, None]:
    with closing(channel.transfer(question(number, zone, wire.AXFR))) as responses:
        for response in responses:
            _check(response, where, zone, key)
            yield response


class _State:
    """A zone as it comes in."""

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self._suffix = f".{zone}"
        self._records: set[Record] = set()
        self._first: Soa | None = None

    def read(self, messages: Iterator[Response], channel: Channel) -> State:
        for response in messages:
            for found in response.found:
                if self._take(response.octets, found):
                    if not channel.verified:
                        raise DamagedError("the end of the zone is not signed")
                    assert self._first  # noqa: S101 - the zone began before it ended
                    return State(self._first, frozenset(self._records))
        raise DamagedError("the zone does not end")

    def _take(self, response: bytes, found: Found) -> bool:
        """Take a record; tell whether it is the SOA record that ends the zone."""
        if found.type == wire.SOA and found.owner == self._zone:
            soa = _soa(response, found)
            if self._first is None:
                self._first = soa
                return False
            if soa.serial != self._first.serial:
                raise DamagedError("the zone ends with another serial than it began with")
            return True
        if found.type in {wire.TSIG, *_DNSSEC} or found.owner == self._zone:
            return False
        if self._first is None or not found.owner.endswith(self._suffix):
            raise DamagedError("a record from outside of the zone")
        if len(self._records) >= MOST_RECORDS:
            raise DamagedError("more records than are read")
        kind, value = wire.value(response, found)
        owner = found.owner[: -len(self._suffix)]
        self._records.add(Record(owner, kind, value, found.ttl))
        return False


def _soa(response: bytes, found: Found) -> Soa:
    try:
        server, at = wire.uncompressed(response, found.content)
        person, at = wire.uncompressed(response, at)
    except IndexError:
        raise DamagedError("a name that does not end") from None
    if found.end - at != 20:  # noqa: PLR2004 - five numbers (RFC 1035 section 3.3.13)
        raise DamagedError("an SOA record of another length")
    return Soa(found.ttl, server + person + response[at : found.end])


def _check(response: Response, where: str, zone: str, key: str) -> None:
    rcode = response.head.rcode
    if rcode != NOERROR:
        raise refused(rcode, where, zone, key)


def _damaged(where: str, zone: str, error: DamagedError) -> PublishError:
    return PublishError(f"{where} sent zone {zone} damaged: {error}.")
