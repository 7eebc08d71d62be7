"""Victim or scanner: points for and against, each with its reason.

A scanner visits everything that answers; malicious software calls the names that it was given, and
asks the DNS for them first. All points and thresholds are chosen, not measured: they are meant so
that no single sign makes a scanner of a client that asked for the name.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from fluxhound.response.sinkhole.callers import Caller

SCANNER_FROM = 2.0
VICTIM_UPTO = -1.0


class Kind(StrEnum):
    """What a client is taken for."""

    VICTIM = "victim"
    SCANNER = "scanner"
    UNCLEAR = "unclear"
    OUTSIDE = "outside"  # not in the own networks: somebody else's host, victim or not


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One sign; positive points are for a scanner, negative ones for a victim."""

    id: str
    points: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the own DNS says about one client and one name. Times in seconds since 1970."""

    name: str
    first: float | None  # ``None``: known from log files, without times
    last: float | None
    count: int | None


#: A question and the visit after it may be noted by clocks that differ; chosen.
SLACK_S = 120.0


def judge(
    caller: Caller, asked: Sequence[Asked] | None, sinkholed: Callable[[str], bool] | None = None
) -> tuple[Kind, float, tuple[Reason, ...]]:
    """Return what *caller* is taken for, its score, and the reasons, the strongest first.

    *asked* is what it asked of the names that it wanted; ``None`` where that is not known. With
    *sinkholed* it is told which names are answered with the sinkhole now.
    """
    found = [
        _asked(caller, asked),
        _sinkholed(caller, sinkholed),
        _names(caller),
        _ports(caller),
        _sweep(caller),
        _probes(caller),
        _nameless(caller),
        _odd(caller),
        _regular(caller),
        _fingerprints(caller),
    ]
    reasons = sorted(
        (each for each in found if each is not None), key=lambda each: (-abs(each.points), each.id)
    )
    score = sum(each.points for each in reasons)
    if score >= SCANNER_FROM:
        kind = Kind.SCANNER
    else:
        kind = Kind.VICTIM if score <= VICTIM_UPTO else Kind.UNCLEAR
    return kind, score, tuple(reasons)


def _asked(caller: Caller, asked: Sequence[Asked] | None) -> Reason | None:
    if asked is None:
        return None
    before = [each for each in asked if each.first is None or each.first <= caller.last + SLACK_S]
    if before:
        return Reason(
            id="asked",
            points=-4.0,
            text=f"it asked our DNS for {_some([each.name for each in before])}",
        )
    if caller.names:
        return Reason(
            id="never-asked",
            points=1.5,
            text="it did not ask our DNS for any of the names that it wanted",
        )
    return None


def _sinkholed(caller: Caller, sinkholed: Callable[[str], bool] | None) -> Reason | None:
    if sinkholed is None:
        return None
    names = [each.name for each in caller.called if sinkholed(each.name)]
    if not names:
        return None
    return Reason(
        id="sinkholed-name", points=-1.5, text=f"it wanted {_some(names)}, which we sinkhole"
    )


def _names(caller: Caller) -> Reason | None:
    if caller.names >= 100:  # noqa: PLR2004 - chosen, as all numbers here
        return Reason(id="many-names", points=3.0, text=f"it wanted {caller.names} names")
    if caller.names >= 20:  # noqa: PLR2004
        return Reason(id="many-names", points=1.5, text=f"it wanted {caller.names} names")
    if 0 < caller.names <= 3:  # noqa: PLR2004
        names = [each.name for each in caller.called]
        return Reason(id="few-names", points=-1.0, text=f"it wanted {_some(names)} alone")
    return None


def _ports(caller: Caller) -> Reason | None:
    if caller.ports < 5:  # noqa: PLR2004
        return None
    points = 3.0 if caller.ports >= 20 else 1.5  # noqa: PLR2004
    return Reason(id="many-ports", points=points, text=f"it tried {caller.ports} ports")


def _sweep(caller: Caller) -> Reason | None:
    """Tell whether it went through our addresses, in their order or not."""
    if caller.addresses < 4:  # noqa: PLR2004
        return None
    numbers = [int(ipaddress.ip_address(each)) for each in caller.order]
    if numbers in (sorted(numbers), sorted(numbers, reverse=True)):
        text = f"it went through {caller.addresses} of our addresses in their order"
        return Reason(id="sweep", points=2.5, text=text)
    text = f"it called {caller.addresses} of our addresses"
    return Reason(id="many-addresses", points=1.0, text=text)


def _probes(caller: Caller) -> Reason | None:
    if not caller.probes:
        return None
    points = 4.0 if caller.probes * 2 >= caller.visits else 2.5
    return Reason(
        id="probes",
        points=points,
        text=f"{caller.probes} of its {caller.visits} visits are such as scanners make",
    )


def _nameless(caller: Caller) -> Reason | None:
    if caller.nameless * 10 < caller.visits * 9:
        return None
    return Reason(
        id="nameless", points=1.5, text="it spoke TLS or HTTP and told no name, as if by address"
    )


def _odd(caller: Caller) -> Reason | None:
    if caller.odd * 2 < caller.visits:
        return None
    return Reason(
        id="odd",
        points=1.5,
        text=f"{caller.odd} of its {caller.visits} visits said nothing, or nothing whole",
    )


def _regular(caller: Caller) -> Reason | None:
    if caller.hours < 3 or caller.names > 10:  # noqa: PLR2004
        return None
    return Reason(id="regular", points=-1.5, text=f"it came back in {caller.hours} different hours")


def _fingerprints(caller: Caller) -> Reason | None:
    if caller.ja4s < 6:  # noqa: PLR2004
        return None
    text = f"its TLS has {caller.ja4s} different fingerprints"
    return Reason(id="many-fingerprints", points=1.0, text=text)


def _some(names: Sequence[str]) -> str:
    """Return a few of *names* in words.

    >>> _some(["a.example", "b.example", "c.example"])
    'a.example and 2 more'
    """
    unique = list(dict.fromkeys(names))
    return unique[0] if len(unique) == 1 else f"{unique[0]} and {len(unique) - 1} more"
