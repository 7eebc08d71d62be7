"""One finding as a graph of STIX 2.1 objects.

The indicator's pattern holds the name alone: the addresses of fast flux are those of victims, and
gone within hours. They stand in the graph as what was observed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from fluxhound.records import EntityKind, Finding
from fluxhound.sharing import headline, sentences
from fluxhound.sharing.outbound import Offer, Terms, is_host
from fluxhound.sharing.past import Past, Record
from fluxhound.sharing.stix.fixed import ATTACK_PATTERN, DENIAL, PHASE, identity
from fluxhound.sharing.stix.identifiers import MARKINGS, Object, observable, own_id, span

#: Addresses in one graph, those that were seen last; the counts stand in the texts. Chosen.
ADDRESSES = 50
#: Other names in one graph: steps of chains, name servers, domains of a network. Chosen.
NAMES = 50
TEXT = 2_000
#: Largest ``count`` of a sighting and ``number_observed`` (sections 4.14 and 5.2).
MOST_COUNTED = 999_999_999
#: From which score for malice on an indicator is called malicious. As for blocking.
CORROBORATED = sentences.BLOCKING_MALICE


@dataclass(slots=True)
class Graph:
    """Objects by their identifier, in order; each has what all of ours carry."""

    finding: Finding
    common: Object
    objects: dict[str, Object] = field(default_factory=dict)

    def add(self, thing: Object) -> str:
        """Add an object as it is; return its identifier."""
        self.objects.setdefault(thing["id"], thing)
        return str(thing["id"])

    def observe(self, thing: Object) -> str:
        """Add a cyber-observable, with our marking; return its identifier."""
        marks = {"object_marking_refs": self.common["object_marking_refs"]}
        return self.add(thing | marks)

    def tell(self, type: str, **properties: object) -> str:  # noqa: A002 - the standard's word
        """Add an object of ours about the finding; return its identifier."""
        identifier = own_id(type, self.finding.entity.value, self.finding.name)
        said = {key: value for key, value in properties.items() if value not in (None, "", [])}
        return self.add(_head(type, identifier) | self.common | said)

    def relate(self, source: str, verb: str, target: str, **properties: object) -> str:
        """Add a relationship; return its identifier."""
        identifier = own_id("relationship", source, verb, target)
        ends = {"relationship_type": verb, "source_ref": source, "target_ref": target}
        return self.add(_head("relationship", identifier) | self.common | ends | properties)


def _head(type: str, identifier: str) -> Object:  # noqa: A002
    return {"type": type, "spec_version": "2.1", "id": identifier}


def graph(offer: Offer, past: Past, terms: Terms) -> tuple[Object, ...]:
    """Return the objects of one finding, observables first; none for a name nobody can look up."""
    finding = offer.finding
    network = finding.entity is EntityKind.NETWORK
    if not (network or is_host(finding.name)):
        return ()
    made = Graph(finding=finding, common=_common(offer, terms))
    made.add(identity(terms.producer))
    made.add(ATTACK_PATTERN)
    seen = list(dict.fromkeys(_observed(made, past)))
    infrastructure = _infrastructure(made, seen)
    assertions = [infrastructure]
    if not network:
        watched = _observation(made, seen)
        indicator = _indicator(made, terms)
        made.relate(indicator, "indicates", ATTACK_PATTERN["id"])
        made.relate(indicator, "indicates", infrastructure)
        made.relate(indicator, "based-on", watched)
        made.relate(made.add(DENIAL), "mitigates", indicator)
        assertions += [indicator, watched, _sighting(made, indicator, watched, terms)]
    made.relate(infrastructure, "related-to", ATTACK_PATTERN["id"])
    made.relate(made.add(DENIAL), "mitigates", ATTACK_PATTERN["id"])
    _note(made, assertions[:2])
    _grouping(made)
    return tuple(made.objects.values())


def _common(offer: Offer, terms: Terms) -> Object:
    created, modified = span(offer.finding.first_seen, offer.finding.last_seen)
    return {
        "created_by_ref": identity(terms.producer)["id"],
        "created": created,
        "modified": modified,
        "object_marking_refs": [MARKINGS[offer.tlp]],
    }


def _observed(made: Graph, past: Past) -> Iterator[str]:
    """Add what was observed, and yield the identifiers."""
    finding = made.finding
    names = (
        [name for name in finding.members if is_host(name)][:NAMES]
        if finding.entity is EntityKind.NETWORK
        else [finding.name]
    )
    for name in names:
        yield made.observe(observable("domain-name", value=name))
    for record in past.names(NAMES):
        yield from _edge(made, record, "domain-name")
    for record in past.addresses(ADDRESSES):
        yield from _edge(made, record, "ipv6-addr" if ":" in record.value else "ipv4-addr")
        yield from _announced(made, record, past)


def _edge(made: Graph, record: Record, kind: str) -> Iterator[str]:
    owner = made.observe(observable("domain-name", value=record.name))
    value = made.observe(observable(kind, value=record.value))
    start, stop = span(record.first, record.last)
    verb = "related-to" if record.type == "NS" else "resolves-to"
    said = {"description": "name server"} if record.type == "NS" else {}
    yield from (owner, value)
    yield made.relate(owner, verb, value, start_time=start, stop_time=stop, **said)


def _announced(made: Graph, record: Record, past: Past) -> Iterator[str]:
    """Add the autonomous system of an address, where the tables know it."""
    facts = past.facts.get(record.value)
    if facts is None or facts.asn is None or not 0 < facts.asn < 1 << 32:
        return
    system = observable("autonomous-system", number=facts.asn)
    holder = headline.plain(facts.holder, 255)
    number = made.observe(system | ({"name": holder} if holder else {}))
    kind = "ipv6-addr" if ":" in record.value else "ipv4-addr"
    yield number
    yield made.relate(observable(kind, value=record.value)["id"], "belongs-to", number)


def _observation(made: Graph, seen: list[str]) -> str:
    first, last = span(made.finding.first_seen, made.finding.last_seen)
    return made.tell(
        "observed-data",
        first_observed=first,
        last_observed=last,
        number_observed=_counted(made.finding),
        object_refs=seen,
    )


def _counted(finding: Finding) -> int:
    answers = finding.measures.get("answers")
    whole = int(answers) if answers is not None and math.isfinite(answers) else 1
    return min(max(whole, 1), MOST_COUNTED)


def _indicator(made: Graph, terms: Terms) -> str:
    finding = made.finding
    first, last = span(finding.first_seen, finding.last_seen)
    corroborated = finding.malice >= CORROBORATED
    _, until = span(finding.first_seen, finding.last_seen + terms.expiry)
    return made.tell(
        "indicator",
        name=f"{headline.RULES.get(finding.verdict, headline.NO_RULE)[1]}: {finding.name}",
        description=described(finding),
        indicator_types=["malicious-activity" if corroborated else "anomalous-activity"],
        pattern=pattern(finding),
        pattern_type="stix",
        pattern_version="2.1",
        valid_from=first,
        valid_until=max(until, last),
        kill_chain_phases=[PHASE],
        confidence=headline.percent(finding.flux),
        external_references=_links(finding, terms),
    )


def pattern(finding: Finding) -> str:
    """Return the pattern: the name, and for a registered domain all names below it."""
    exact = f"domain-name:value = '{finding.name}'"
    if finding.entity is not EntityKind.REGISTERED_DOMAIN:
        return f"[{exact}]"
    return f"[{exact} OR domain-name:value LIKE '%.{finding.name}']"


def described(finding: Finding) -> str:
    """Return what was measured, and the reason that weighs most, without anything unseen."""
    said = f"{sentences.measured_sentence(finding)} {sentences.main_reason(finding)}."
    return headline.plain(said, TEXT)


def _links(finding: Finding, terms: Terms) -> list[Object]:
    if not terms.link:
        return []
    url = f"{terms.link.rstrip('/')}/findings/{finding.name}"
    return [{"source_name": "fluxhound", "url": url}]


def _infrastructure(made: Graph, seen: list[str]) -> str:
    finding = made.finding
    first, last = span(finding.first_seen, finding.last_seen)
    shown = sum(identifier.startswith("ipv") for identifier in seen)
    known = finding.measures.get("addresses")
    sampled = (
        f" {shown} addresses of {int(known)} are listed, those seen last."
        if shown and known is not None and math.isfinite(known) and known > shown
        else ""
    )
    parts = [each for each in seen if each.startswith(("domain-name", "ipv"))]
    made_of = made.tell(
        "infrastructure",
        name=f"Fast flux of {headline.plain(finding.name, 255)}",
        description=described(finding) + sampled,
        infrastructure_types=["botnet"] if finding.malice >= CORROBORATED else ["unknown"],
        first_seen=first,
        last_seen=last,
        confidence=headline.percent(finding.flux),
    )
    for part in parts:
        made.relate(made_of, "consists-of", part)
    return made_of


def _sighting(made: Graph, indicator: str, watched: str, terms: Terms) -> str:
    first, last = span(made.finding.first_seen, made.finding.last_seen)
    return made.tell(
        "sighting",
        sighting_of_ref=indicator,
        observed_data_refs=[watched],
        where_sighted_refs=[identity(terms.producer)["id"]],
        first_seen=first,
        last_seen=last,
        count=_counted(made.finding),
    )


def _note(made: Graph, about: list[str]) -> None:
    finding = made.finding
    lines = [
        f"{'for' if item.supports else 'against'} {item.points:+.2f} {item.id}: {item.text}"
        for supports in (True, False)
        for item in headline.strongest(finding, headline.FULL, supports=supports)
    ]
    scores = f"flux {finding.flux:.2f}, malice {finding.malice:.2f}"
    made.tell(
        "note",
        abstract=f"Evidence for and against {headline.plain(finding.name, 255)}",
        content="\n".join([scores, *(headline.plain(line, 300) for line in lines)]),
        object_refs=about,
    )


def _grouping(made: Graph) -> None:
    made.tell(
        "grouping",
        name=f"Fast flux: {headline.plain(made.finding.name, 255)}",
        context="suspicious-activity",
        object_refs=list(made.objects),
    )
