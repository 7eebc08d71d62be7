"""Which of the own hosts are infected: since when, by which names, and how that is known."""

from __future__ import annotations

import ipaddress
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from fluxhound.enrichment.addresses import keys
from fluxhound.enrichment.special import routable
from fluxhound.errors import UsageError
from fluxhound.history.clients import canonical_client, pseudonym_text
from fluxhound.history.functions import client_pseudonym
from fluxhound.history.whoasked import WhoAsked
from fluxhound.response.sinkhole.callers import Caller, folded_visits, read_callers
from fluxhound.response.sinkhole.judging import SLACK_S, Asked, Kind, Reason, judge
from fluxhound.response.sinkhole.visits import reading

#: Names for which it is looked up who asked. Chosen: each is a query, or a request to a service.
MOST_NAMES = 200

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsQuestions:
    """Where it is known who asked: ``of`` tells it for a name and those below it.

    ``key`` is that of the clients' pseudonyms; without it only clients in clear are recognised.
    """

    of: Callable[[str], WhoAsked]
    key: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Victim:
    """One client, what it is taken for, and why."""

    caller: Caller
    kind: Kind
    score: float  # positive for a scanner, negative for a victim
    reasons: tuple[Reason, ...]
    asked: tuple[Asked, ...] = ()
    networks: tuple[str, ...] = ()  # of flux that its names belong to

    def document(self) -> dict[str, Any]:
        """Return the client as JSON is made of it."""
        caller = self.caller
        return {
            "client": caller.client,
            "kind": self.kind.value,
            "score": round(self.score, 2),
            "reasons": [
                {"id": each.id, "points": each.points, "text": each.text} for each in self.reasons
            ],
            "first": moment(caller.first),
            "last": moment(caller.last),
            "visits": caller.visits,
            "names": [
                {"name": c.name, "first": moment(c.first), "last": moment(c.last), "count": c.count}
                for c in caller.called
            ],
            "name_count": caller.names,
            "networks": list(self.networks),
            "asked": [
                {"name": a.name, "first": moment(a.first), "last": moment(a.last), "count": a.count}
                for a in self.asked
            ],
            "ports": list(caller.port_numbers),
            "addresses": list(caller.order),
            "protocols": list(caller.protocols),
            "ja4": list(caller.fingerprints),
            "agents": list(caller.agents),
            "openings": list(caller.openings),
            "client_port": caller.client_port,
            "octets": caller.octets,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Victims:
    """The answer: clients by kind, victims first, then those that were there last."""

    clients: tuple[Victim, ...]
    folded: int  # visits of clients beyond the bounds, known only in sum
    unasked: int  # names for which it was not looked up who asked, as there were too many

    def of(self, *kinds: Kind) -> tuple[Victim, ...]:
        """Return the clients of some kinds."""
        return tuple(each for each in self.clients if each.kind in kinds)


def find_victims(
    path: Path,
    *,
    own: Sequence[Network] = (),
    since: float = 0.0,
    questions: DnsQuestions | None = None,
    sinkholed: Iterable[str] | None = None,
    network_of: Callable[[str], str] = lambda _: "",
) -> Victims:
    """Return who called the sinkhole whose store is *path*, after *since* (seconds since 1970).

    *own* are the networks of the operator; without any, all addresses that the Internet does not
    route are taken for own. *sinkholed* are the names that are answered with the sinkhole now, with
    those below them; *network_of* tells the flux network of a name, or "".

    Raises:
        StoreError: the store cannot be read.
    """
    with reading(path) as connection:
        callers = read_callers(connection, since=since)
        folded = folded_visits(connection, since=since)
    is_own = _own_test(callers, own)
    names = None if sinkholed is None else frozenset(sinkholed)
    wanted = _wanted(callers, is_own, names or frozenset()) if questions else []
    asked = _asked(callers, wanted[:MOST_NAMES], questions) if questions else {}
    found = [_victim(each, is_own[each.client], asked, names, network_of) for each in callers]
    order = list(Kind)
    return Victims(
        clients=tuple(
            sorted(found, key=lambda v: (order.index(v.kind), -v.caller.last, v.caller.client))
        ),
        folded=folded,
        unasked=max(len(wanted) - MOST_NAMES, 0),
    )


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Return the networks that *texts* name.

    Raises:
        UsageError: one is none.
    """
    found: list[Network] = []
    for text in texts:
        try:
            found.append(ipaddress.ip_network(text.strip(), strict=False))
        except ValueError as error:
            raise UsageError(
                f"{text!r} is no network; write 10.0.0.0/8 or 2001:db8::/32."
            ) from error
    return tuple(found)


def moment(seconds: float | None) -> str | None:
    """Return a time as ISO 8601 in UTC."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _own_test(callers: Sequence[Caller], own: Sequence[Network]) -> dict[str, bool]:
    texts = [each.client for each in callers]
    if not own:
        return dict(zip(texts, (not bool(each) for each in routable(keys(texts))), strict=True))
    return {text: _within(text, own) for text in texts}


def _within(text: str, networks: Sequence[Network]) -> bool:
    address = ipaddress.ip_address(text)
    return any(address.version == each.version and address in each for each in networks)


def _wanted(
    callers: Sequence[Caller], is_own: dict[str, bool], sinkholed: frozenset[str]
) -> list[str]:
    """Return the names to look up: those that most own clients wanted, then the sinkholed."""
    counted = Counter(
        called.name for each in callers if is_own[each.client] for called in each.called
    )
    ordered = sorted(counted, key=lambda name: (-counted[name], name))
    return ordered + sorted(sinkholed - set(ordered))


def _asked(
    callers: Sequence[Caller], names: Sequence[str], questions: DnsQuestions
) -> dict[str, list[Asked]]:
    """Return what each client of the sinkhole asked the DNS, by its address.

    Who is not in it is not known to have asked, or not. That is so for all who asked nothing, where
    nobody is known who asked anything, and where those who asked are pseudonyms without a key.
    """
    known = {canonical_client(each.client): each.client for each in callers}
    if questions.key is not None:
        key = questions.key
        known |= {
            pseudonym_text(client_pseudonym(text, key) or 1): client
            for text, client in list(known.items())
        }
    found: dict[str, list[Asked]] = defaultdict(list)
    askers: set[str] = set()
    for name in names:
        for asker in questions.of(name).clients:
            askers.add(asker.client)
            client = known.get(asker.client)
            if client is not None:
                found[client].append(
                    Asked(name=name, first=asker.first, last=asker.last, count=asker.count)
                )
    if askers and (questions.key is not None or all(map(_is_address, askers))):
        return {each.client: found[each.client] for each in callers}
    return found


def _is_address(client: str) -> bool:
    """Tell an address from a pseudonym, which has no dot and no colon."""
    return "." in client or ":" in client


def _victim(
    caller: Caller,
    is_own: bool,
    asked: dict[str, list[Asked]],
    sinkholed: frozenset[str] | None,
    network_of: Callable[[str], str],
) -> Victim:
    questions = asked.get(caller.client)
    of_caller = None if questions is None else _related(caller, questions)
    kind, score, reasons = judge(
        caller,
        of_caller,
        None if sinkholed is None else lambda name: _is_below(name, sinkholed),
    )
    names = [each.name for each in caller.called] or [each.name for each in of_caller or ()]
    networks = sorted({network_of(name) for name in names} - {""})
    return Victim(
        caller=caller,
        kind=kind if is_own else Kind.OUTSIDE,
        score=score,
        reasons=reasons,
        asked=tuple(of_caller or ()),
        networks=tuple(networks),
    )


def _related(caller: Caller, asked: Sequence[Asked]) -> list[Asked]:
    """Return the questions for names that it wanted; of a client that told none, all before."""
    wanted = {each.name for each in caller.called}
    if wanted:
        return [each for each in asked if each.name in wanted]
    return [each for each in asked if each.first is None or each.first <= caller.last + SLACK_S]


def _is_below(name: str, names: frozenset[str]) -> bool:
    """Tell whether *name*, or a name above it, is in *names*."""
    labels = name.split(".")
    return any(".".join(labels[at:]) in names for at in range(len(labels)))
