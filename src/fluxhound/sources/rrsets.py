"""RRsets of one parsed DNS message, flattened to the rows of an observation.

The conventions are those of ``records.OBSERVATION``: a CNAME chain is followed from the question,
without regard to case (RFC 4343; resolvers scramble it, "0x20"), and its names come before the
addresses.
"""

from __future__ import annotations

from fluxhound.sources.wire import (
    AAAA,
    ADDITIONAL,
    ANSWER,
    AUTHORITY,
    CNAME,
    IN,
    NS,
    RESPONSE,
    TRUNCATED,
    A,
    Message,
)

#: CNAMEs followed in one answer. Resolvers give up after 8 to 16. Chosen, not measured.
CHAIN = 32

QUERY = "query"
OTHER_OPCODE = "other opcode"
NO_SUCH_NAME = "no such name"
ERROR_RESPONSE = "error response"
#: RFC 2181 section 9: the RRset that did not fit is cut, and the whole comes again over TCP.
TRUNCATED_RESPONSE = "truncated response"
NO_QUESTION = "no question"
SEVERAL_QUESTIONS = "several questions"
OTHER_CLASS = "other class"
ZONE_TRANSFER = "zone transfer"
NO_ADDRESSES = "no addresses"
OTHER_TYPE = "other record type"

_NXDOMAIN = 3
_TRANSFERS = (251, 252)  # IXFR, AXFR
_TYPE_TEXT = {A: "A", AAAA: "AAAA", NS: "NS"}
#: The types that count in each section.
_USED = {ANSWER: (A, AAAA, NS), AUTHORITY: (NS,), ADDITIONAL: (A, AAAA)}

#: Name, type, answers joined by commas, largest TTL in seconds.
Row = tuple[str, str, str, int]
#: An RRset of a message: name, type, answers, its TTLs, and where these stand in the message.
RRset = tuple[str, str, str, list[int], list[int]]
#: An RRset while it is gathered: owner, TTLs, their places, rdata.
_Gathered = tuple[str, list[int], list[int], list[str]]


def rows(message: Message) -> list[Row] | str:
    """Return the rows of *message*, or the reason why it holds none."""
    found = rrsets(message)
    if isinstance(found, str):
        return found
    return [(name, kind, answers, max(ttls)) for name, kind, answers, ttls, _ in found]


def rrsets(message: Message) -> list[RRset] | str:
    """Return what the rows of *message* are made of, or the reason why it holds none."""
    reason = _nothing_in(message)
    if reason:
        return reason
    aliases, gathered = _gather(message)
    chain = _chain(message.name, aliases) if aliases else []
    final = (chain[-1] if chain else message.name).lower()
    chain = [name for name in chain if name]
    found: list[RRset] = []
    for (section, owner, kind), (written, ttls, places, rdata) in gathered.items():
        if section == ANSWER and owner == final and kind != NS:
            name, answers = message.name, chain + rdata
        else:
            name, answers = written, rdata
        if name:
            found.append((name, _TYPE_TEXT[kind], ",".join(answers), ttls, places))
    return found or _why_none(message)


def _nothing_in(message: Message) -> str | None:
    """Return the reason why nothing of *message* may be used, if there is one."""
    flags = message.flags
    if not flags & RESPONSE or message.opcode:
        return OTHER_OPCODE if flags & RESPONSE else QUERY
    if message.rcode:
        return NO_SUCH_NAME if message.rcode == _NXDOMAIN else ERROR_RESPONSE
    if flags & TRUNCATED:
        return TRUNCATED_RESPONSE
    if message.questions != 1:
        return SEVERAL_QUESTIONS if message.questions else NO_QUESTION
    if message.klass != IN:
        return OTHER_CLASS
    return ZONE_TRANSFER if message.type in _TRANSFERS else None


def _gather(
    message: Message,
) -> tuple[dict[str, str], dict[tuple[int, str, int], _Gathered]]:
    """Return the aliases of the answer section, and the RRsets of all sections."""
    aliases: dict[str, str] = {}
    rrsets: dict[tuple[int, str, int], _Gathered] = {}
    last: tuple[int, str, int] | None = None
    for (section, owner, kind, ttl, rdata), place in zip(
        message.records, message.places, strict=True
    ):
        here = section, owner, kind
        if here != last:  # the records of an RRset nearly always follow each other
            if kind == CNAME:
                if section == ANSWER:
                    aliases.setdefault(owner.lower(), rdata)
                continue
            if kind not in _USED[section] or (kind == NS and not rdata):
                continue
            key = section, owner.lower(), kind
            gathered = rrsets.get(key)
            if gathered is None:
                rrsets[key] = gathered = owner, [], [], []
            _, ttls, places, texts = gathered
            last = here
        elif kind == NS and not rdata:
            continue
        ttls.append(ttl)
        places.append(place)
        texts.append(rdata)
    return aliases, rrsets


def _chain(name: str, aliases: dict[str, str]) -> list[str]:
    """Return the names that *name* is an alias of, in order; a loop is followed round once."""
    chain: list[str] = []
    seen = set()
    current = name.lower()
    while current in aliases and current not in seen and len(chain) < CHAIN:
        seen.add(current)
        chain.append(aliases[current])
        current = chain[-1].lower()
    return chain


def _why_none(message: Message) -> str:
    aliases = sum(record[0] == ANSWER and record[2] == CNAME for record in message.records)
    return OTHER_TYPE if message.answers > aliases else NO_ADDRESSES
