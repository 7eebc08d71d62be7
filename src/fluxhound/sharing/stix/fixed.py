"""Objects that are the same in every export: who tells it, the technique, the course of action."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from fluxhound.intel.indicator import Tlp
from fluxhound.sharing import headline
from fluxhound.sharing.outbound import PRODUCER
from fluxhound.sharing.stix.identifiers import MARKINGS, Object, own_id

#: When these objects were first written; it must not change for objects of the same identifier.
CREATED = "2026-11-24T00:00:00.000Z"
#: Everybody may see them.
_CLEAR = [MARKINGS[Tlp.CLEAR]]

PHASE: Mapping[str, str] = {
    "kill_chain_name": "mitre-attack",
    "phase_name": "command-and-control",
}

#: MITRE ATT&CK's own identifier and time of creation of T1568.001. Its oldest version, so that the
#: full object of a receiver who has it is always the newer one.
ATTACK_PATTERN: Object = {
    "type": "attack-pattern",
    "spec_version": "2.1",
    "id": "attack-pattern--29ba5a15-3b7b-4732-b817-65ea8f6468e6",
    "created": "2020-03-11T14:11:16.560Z",
    "modified": "2020-03-11T14:11:16.560Z",
    "name": headline.SUBTECHNIQUE[1],
    "kill_chain_phases": [PHASE],
    "external_references": [
        {
            "source_name": "mitre-attack",
            "external_id": headline.SUBTECHNIQUE[0],
            "url": headline.SUBTECHNIQUE[2].rstrip("/"),
        }
    ],
}


@cache
def identity(producer: str) -> Object:
    """Return who tells it: an organisation, or the program where none is named."""
    return {
        "type": "identity",
        "spec_version": "2.1",
        "id": own_id("identity", producer),
        "created": CREATED,
        "modified": CREATED,
        "name": headline.plain(producer, 255),
        "identity_class": "system" if producer == PRODUCER else "organization",
        "object_marking_refs": _CLEAR,
    }


#: D3FEND's technique for a response policy zone that denies a name.
DENIAL: Object = {
    "type": "course-of-action",
    "spec_version": "2.1",
    "id": own_id("course-of-action", "deny by RPZ"),
    "created_by_ref": identity(PRODUCER)["id"],
    "created": CREATED,
    "modified": CREATED,
    "name": "Deny by RPZ",
    "description": (
        "Answer the name, and for a registered domain all names below it, with NXDOMAIN or a "
        "sinkhole by a response policy zone, with an expiry. Do not block the addresses: they are "
        "those of victims and change within minutes."
    ),
    "object_marking_refs": _CLEAR,
    "external_references": [
        {
            "source_name": "mitre-d3fend",
            "external_id": "D3-FRDDL",
            "url": "https://d3fend.mitre.org/technique/d3f:ForwardResolutionDomainDenylisting/",
        }
    ],
}
