"""Findings, histories and terms for tests of exports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import strategies as st

from fluxhound.history.recall import RRset
from fluxhound.intel.indicator import Tlp
from fluxhound.records import EntityKind, Finding, Severity
from fluxhound.sharing.exports import Material
from fluxhound.sharing.outbound import Offer, Terms
from fluxhound.sharing.past import Past, past_of
from tests.sharing import builders, strategies

TERMS = Terms(now=builders.NOW, producer="Example CERT", link="https://flux.example")
FINDINGS = [*builders.everything(), builders.network()]
_START = builders.START.timestamp()


def rrset(name: str, kind: str, *rdata: str, at: float = 0.0, count: int = 3) -> RRset:
    first = _START + at
    return RRset(name=name, type=kind, rdata=rdata, first=first, last=first + 600, count=count)


def rrsets(finding: Finding) -> Sequence[RRset]:
    """Return what the name of the one finding that has RRsets answered."""
    if finding.name != "kx-delivery.example":
        return ()
    return (
        rrset("edge.kx-delivery.example", "A", "192.0.2.1", "198.51.100.9", at=1200, count=5),
        rrset("kx-delivery.example", "CNAME", "edge.kx-delivery.example", at=1200),
        rrset("kx-delivery.example", "NS", "ns1.badhost.example", "ns2.badhost.example"),
        rrset("kx-delivery.example", "A", "192.0.2.1", "10.9.8.7"),
        rrset("kx-delivery.example", "AAAA", "2001:db8::7", "::ffff:192.168.1.1"),
    )


MATERIAL = Material(timelines=builders.timelines(), rrsets=rrsets)


def offer(finding: Finding | None = None, tlp: Tlp = Tlp.AMBER) -> Offer:
    return Offer(finding=finding or builders.single_flux(), tlp=tlp)


def past(of: Offer) -> Past:
    return MATERIAL.past(of)


def named(name: str, entity: EntityKind = EntityKind.NAME) -> Offer:
    return offer(builders.finding(name, entity=entity))


#: Any finding that may leave, some with names that others can look up.
hosts = st.from_regex(r"[a-z0-9]{1,9}(-[a-z0-9]{1,5})?\.[a-z]{2,6}", fullmatch=True)
offers = st.builds(
    lambda finding, name, host, tlp: Offer(
        finding=builders.finding(name) if host else finding, tlp=tlp
    ),
    strategies.findings,
    hosts,
    st.booleans(),
    st.sampled_from([each for each in Tlp if each]),
)
_values = hosts | strategies.texts | st.ip_addresses().map(str)
pasts = st.lists(
    st.builds(
        rrset,
        hosts | strategies.names,
        st.sampled_from(["A", "AAAA", "NS", "CNAME"]),
        _values,
        at=st.floats(0, 1e6),
        count=st.integers(1, 10**12),
    ),
    max_size=6,
).map(lambda found: past_of("", None, found))
terms = st.builds(
    Terms,
    now=st.just(builders.NOW),
    producer=strategies.names,
    link=st.sampled_from(["", "https://flux.example/"]),
    expiry=st.timedeltas(timedelta(seconds=1), timedelta(days=3000)),
    ceiling=st.sampled_from([each for each in Tlp if each]),
    minimum=st.sampled_from(Severity),
)
