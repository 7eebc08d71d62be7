from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from fluxhound.response.sinkhole.judging import Kind
from fluxhound.response.sinkhole.sightings import render_stix
from fluxhound.response.sinkhole.victims import find_victims
from tests.response.sinkhole.making import asking, greeting, stored

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
IDENTIFIER = re.compile(
    r"[a-z0-9-]+--[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
)


def rendered(
    folder: Path, *, with_clients: bool = False, **more: Any
) -> tuple[str, list[dict[str, Any]]]:
    path = stored(
        folder / "s",
        asking("evil.example", "10.0.0.7"),
        asking("evil.example", "2001:db8::7", at=60),
        greeting("other.example", "10.0.0.7", at=90),
        asking("evil.example", "8.8.8.8"),
    )
    victims = find_victims(path).of(Kind.VICTIM)
    text = render_stix(victims, with_clients=with_clients, **more)
    return text, json.loads(text)["objects"]


def test_each_name_is_one_sighting_of_its_indicator(tmp_path: Path) -> None:
    text, objects = rendered(tmp_path)
    assert [each["type"] for each in objects] == ["indicator", "sighting"] * 2
    indicator, sighting = objects[:2]
    assert indicator["pattern"] == "[domain-name:value = 'evil.example']"
    assert sighting["sighting_of_ref"] == indicator["id"]
    assert (sighting["count"], sighting["first_seen"]) == (2, "2027-01-15T08:00:00.000Z")
    assert sighting["last_seen"] == "2027-01-15T08:01:00.000Z"
    assert sighting["description"] == "2 clients called a sinkhole by it"
    for client in ("10.0.0.7", "2001:db8::7", "8.8.8.8"):
        assert client not in text


def test_identifiers_and_times_are_as_stix_has_them(tmp_path: Path) -> None:
    _, objects = rendered(tmp_path, with_clients=True)
    for each in objects:
        assert IDENTIFIER.fullmatch(each["id"])
        assert each["id"].startswith(each["type"])
        if "created" in each:
            assert STAMP.fullmatch(each["created"])
            assert each["created"] <= each["modified"]
    known = {each["id"] for each in objects}
    assert len(known) == len(objects)
    for each in objects:
        refs = [
            each.get("sighting_of_ref"),
            *each.get("object_refs", ()),
            *each.get("observed_data_refs", ()),
        ]
        assert {ref for ref in refs if ref} <= known


def test_the_same_visits_make_the_same_bundle(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert rendered(tmp_path / "a")[0] == rendered(tmp_path / "b")[0]


def test_clients_are_named_only_if_it_was_asked_for(tmp_path: Path) -> None:
    text, objects = rendered(tmp_path, with_clients=True)
    addresses = [each["value"] for each in objects if each["type"].endswith("-addr")]
    assert sorted(addresses) == ["10.0.0.7", "2001:db8::7"]
    assert "8.8.8.8" not in text  # not a victim of ours
    # What the library stix2 3.0.2 makes of the same address.
    (known,) = [each["id"] for each in objects if each.get("value") == "10.0.0.7"]
    assert known == "ipv4-addr--fa32103b-4f54-55f5-9649-a135ed962131"


def test_indicators_that_are_published_already(tmp_path: Path) -> None:
    ours = "indicator--00000000-0000-4000-8000-000000000000"
    _, objects = rendered(tmp_path, indicator_of=lambda _: ours)
    assert {each["type"] for each in objects} == {"sighting"}
    assert {each["sighting_of_ref"] for each in objects} == {ours}


def test_nobody_is_a_victim() -> None:
    assert json.loads(render_stix([], with_clients=False))["objects"] == []
