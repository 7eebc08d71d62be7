"""Findings as one STIX 2.1 bundle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import orjson

from fluxhound.intel.indicator import Tlp
from fluxhound.sharing.outbound import PRODUCER, Offer, Terms
from fluxhound.sharing.past import Past
from fluxhound.sharing.stix.fixed import identity
from fluxhound.sharing.stix.graph import graph
from fluxhound.sharing.stix.identifiers import Object, marking, own_id

PastOf = Callable[[Offer], Past]


def objects_of(offers: Iterable[Offer], past: PastOf, terms: Terms) -> list[Object]:
    """Return the objects of all findings, each once, the markings first."""
    found: dict[str, Object] = {}
    levels = {Tlp.CLEAR}
    for offer in offers:
        made = graph(offer, past(offer), terms)
        if made:
            levels.add(offer.tlp)
        for each in made:
            known = found.get(each["id"])
            if known is None or known.get("modified", "") < each.get("modified", ""):
                found[each["id"]] = each
    if not found:
        return []
    shared = [*(marking(level) for level in sorted(levels)), identity(PRODUCER)]
    return list({each["id"]: each for each in (*shared, *found.values())}.values())


def bundle(objects: Sequence[Object]) -> Object:
    """Return the bundle; its identifier tells its content."""
    versions = (f"{each['id']} {each.get('modified', '')}" for each in objects)
    whole: Object = {"type": "bundle", "id": own_id("bundle", *versions)}
    return whole | ({"objects": list(objects)} if objects else {})


def render_stix(offers: Iterable[Offer], past: PastOf, terms: Terms) -> bytes:
    """Return the bundle as JSON."""
    whole = bundle(objects_of(offers, past, terms))
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
