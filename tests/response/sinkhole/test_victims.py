from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest

from fluxhound.errors import UsageError
from fluxhound.history.clients import Askers
from fluxhound.history.store import Store
from fluxhound.history.whoasked import Asker, WhoAsked, who_asked
from fluxhound.response.sinkhole.judging import Kind
from fluxhound.response.sinkhole.protocols import Protocol
from fluxhound.response.sinkhole.victims import (
    MOST_NAMES,
    DnsQuestions,
    Victims,
    find_victims,
    parse_networks,
)
from tests.response.sinkhole.making import NOW, asking, greeting, stored, visit

KEY = bytes(32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return stored(
        tmp_path / "s",
        *(asking("evil.example", "10.0.0.7", at=3_600 * at) for at in range(4)),
        greeting("www.evil.example", "2001:db8::7", at=10),
        visit("10.0.0.9", at=20, first=b"NICK bot", protocol=Protocol.OTHER, port=6667),
        *(asking(f"198.51.100.{at}", "10.0.0.66", address=f"198.51.100.{at}") for at in range(9)),
        asking("evil.example", "8.8.8.8"),
    )


def kinds(found: Victims) -> dict[str, Kind]:
    return {each.caller.client: each.kind for each in found.clients}


def test_who_is_infected(path: Path) -> None:
    found = find_victims(path)
    assert kinds(found) == {
        "10.0.0.7": Kind.VICTIM,
        "2001:db8::7": Kind.VICTIM,
        "10.0.0.9": Kind.UNCLEAR,
        "10.0.0.66": Kind.SCANNER,
        "8.8.8.8": Kind.OUTSIDE,
    }
    first = found.clients[0]
    assert (first.caller.client, first.asked, found.folded) == ("10.0.0.7", (), 0)


def test_own_networks(path: Path) -> None:
    found = find_victims(path, own=parse_networks(["10.0.0.0/29", "8.0.0.0/8"]))
    assert {c for c, kind in kinds(found).items() if kind is Kind.OUTSIDE} == {
        "2001:db8::7",
        "10.0.0.9",
        "10.0.0.66",
    }
    with pytest.raises(UsageError, match="is no network"):
        parse_networks(["10.0.0.0/33"])


def test_since(path: Path) -> None:
    assert list(kinds(find_victims(path, since=NOW + 3_700))) == ["10.0.0.7"]


@pytest.mark.parametrize("pseudonymise", [True, False])
def test_joined_with_who_asked(path: Path, tmp_path: Path, *, pseudonymise: bool) -> None:
    asked = pa.table(
        {
            "name": ["evil.example", "www.evil.example", "evil.example"],
            "client": ["10.0.0.7", "2001:db8:0::7", "10.0.0.9"],
            "time": [NOW - 2.0, NOW + 9.0, NOW + 15.0],
        }
    )
    with Store(tmp_path / "flux.duckdb") as store:
        askers = Askers(store, key=KEY, pseudonymise=pseudonymise)
        with store.transaction():
            askers.add(asked, source=1)
        questions = DnsQuestions(
            of=lambda name: who_asked(store.connection, name), key=KEY if pseudonymise else None
        )
        found = find_victims(path, questions=questions, sinkholed=["evil.example"])
    by_client = {each.caller.client: each for each in found.clients}
    for client in ("10.0.0.7", "2001:db8::7"):
        assert by_client[client].reasons[0].id == "asked"
        assert by_client[client].asked
    # It told no name, and had asked for one that is sinkholed.
    unnamed = by_client["10.0.0.9"]
    assert (unnamed.kind, [each.name for each in unnamed.asked]) == (Kind.VICTIM, ["evil.example"])
    assert by_client["10.0.0.66"].kind is Kind.SCANNER


def test_only_so_many_names_are_looked_up(tmp_path: Path) -> None:
    path = stored(
        tmp_path / "s", *(asking(f"n{at}.example", f"10.0.0.{at % 9}") for at in range(250))
    )
    names: list[str] = []

    def of(name: str) -> WhoAsked:
        names.append(name)
        asker = Asker(client="10.0.0.1", first=None, last=None, count=None, names=(name,))
        return WhoAsked(name=name, clients=(asker,), capped=False, count=0)

    found = find_victims(path, questions=DnsQuestions(of=of))
    assert len(names) == MOST_NAMES
    assert found.unasked == 50
    assert kinds(found)["10.0.0.1"] is Kind.VICTIM


@pytest.mark.parametrize(
    ("askers", "known"), [((), False), (("00000000000000ff",), False), (("10.9.9.9",), True)]
)
def test_whoever_cannot_be_recognised_is_not_said_to_have_asked_nothing(
    path: Path, askers: tuple[str, ...], *, known: bool
) -> None:
    def of(name: str) -> WhoAsked:
        clients = tuple(
            Asker(client=each, first=NOW, last=NOW, count=1, names=(name,)) for each in askers
        )
        return WhoAsked(name=name, clients=clients, capped=False, count=1)

    (first, *_) = find_victims(path, questions=DnsQuestions(of=of)).clients
    assert ("never-asked" in [each.id for each in first.reasons]) is known


def test_networks_and_documents(path: Path) -> None:
    found = find_victims(path, network_of=lambda name: "abcd1234" if "evil" in name else "")
    document = found.clients[0].document()
    assert document["networks"] == ["abcd1234"]
    assert document["names"][0]["name"] == "evil.example"
    assert document["first"] == "2027-01-15T08:00:00Z"
    assert (document["kind"], document["client"]) == ("victim", "10.0.0.7")
    assert json.dumps(document)
