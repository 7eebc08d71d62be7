from __future__ import annotations

import pytest
import stix2  # type: ignore[import-untyped]

from fluxhound.sharing.outbound import PRODUCER
from fluxhound.sharing.stix.fixed import ATTACK_PATTERN, DENIAL, identity
from fluxhound.sharing.stix.identifiers import Object


@pytest.mark.parametrize(
    "thing", [ATTACK_PATTERN, DENIAL, identity(PRODUCER), identity("Example CERT")]
)
def test_they_are_as_the_standard_wants_them(thing: Object) -> None:
    assert stix2.parse(thing, version="2.1", allow_custom=False)["id"] == thing["id"]


def test_the_technique_is_the_one_of_mitre() -> None:
    assert ATTACK_PATTERN["id"] == "attack-pattern--29ba5a15-3b7b-4732-b817-65ea8f6468e6"
    assert ATTACK_PATTERN["external_references"][0]["external_id"] == "T1568.001"


def test_an_organisation_is_told_from_the_program() -> None:
    assert identity(PRODUCER)["identity_class"] == "system"
    assert identity("Example CERT")["identity_class"] == "organization"
    assert identity(PRODUCER)["id"] != identity("Example CERT")["id"]


def test_a_hostile_producer_is_shown_as_text() -> None:
    assert identity("a\x1b[31m")["name"] == "a\\x1b[31m"
