from __future__ import annotations

from pathlib import Path

import pytest

from fluxhound.response.sinkhole.callers import Caller, read_callers
from fluxhound.response.sinkhole.hello import Hello
from fluxhound.response.sinkhole.judging import Asked, Kind, judge
from fluxhound.response.sinkhole.visit import Visit
from fluxhound.response.sinkhole.visits import reading
from tests.response.sinkhole.making import NOW, asking, greeting, stored, visit

ASKED = (Asked(name="evil.example", first=NOW - 3, last=NOW, count=2),)
#: A bot that calls one name every half an hour.
BEACON = [asking("evil.example", at=1_800 * at, path="/gate.php") for at in range(8)]
#: Somebody who looks what answers on a network.
SWEEP = [
    asking(f"198.51.100.{at}", address=f"198.51.100.{at}", at=at, path="/.env")
    for at in range(1, 9)
]
ZGRAB = [asking("evil.example", agent="zgrab/0.x")]
PORTS = [visit(port=port, at=port) for port in range(1, 40)]
NAMES = [greeting(f"n{at}.example", at=at) for at in range(150)]
#: Malicious software that makes names up, and asks for each before it calls.
GENERATED = [asking(f"n{at}.example", at=at) for at in range(30)]


def caller_of(visits: list[Visit], folder: Path) -> Caller:
    with reading(stored(folder / "s", *visits)) as connection:
        (caller,) = read_callers(connection, since=0)
        return caller


@pytest.mark.parametrize(
    ("visits", "asked", "kind", "reasons"),
    [
        (BEACON, None, Kind.VICTIM, ["regular", "few-names"]),
        (BEACON, ASKED, Kind.VICTIM, ["asked", "regular", "few-names"]),
        (BEACON, (), Kind.VICTIM, ["never-asked", "regular", "few-names"]),
        (BEACON[:1], None, Kind.VICTIM, ["few-names"]),
        (BEACON[:1], (), Kind.UNCLEAR, ["never-asked", "few-names"]),
        ([greeting("evil.example")], ASKED, Kind.VICTIM, ["asked", "few-names"]),
        (SWEEP, None, Kind.SCANNER, ["probes", "sweep", "nameless"]),
        (PORTS, None, Kind.SCANNER, ["many-ports", "odd"]),
        (NAMES, None, Kind.SCANNER, ["many-names"]),
        (GENERATED, None, Kind.UNCLEAR, ["many-names"]),
        (GENERATED, ASKED, Kind.VICTIM, ["asked", "many-names"]),
        (GENERATED, (), Kind.SCANNER, ["many-names", "never-asked"]),
        ([visit(first=b"x")], None, Kind.UNCLEAR, ["odd"]),
        (ZGRAB, None, Kind.SCANNER, ["probes", "few-names"]),
        (ZGRAB, ASKED, Kind.VICTIM, ["asked", "probes", "few-names"]),
    ],
)  # fmt: skip
def test_scanners_and_victims(
    visits: list[Visit],
    asked: tuple[Asked, ...] | None,
    kind: Kind,
    reasons: list[str],
    tmp_path: Path,
) -> None:
    found, score, why = judge(caller_of(visits, tmp_path), asked)
    assert [each.id for each in why] == reasons
    assert found is kind
    assert score == sum(each.points for each in why)
    assert all(each.text for each in why)


def test_our_addresses_in_any_order(tmp_path: Path) -> None:
    visits = [
        asking("evil.example", address=f"198.51.100.{at}", at=n)
        for n, at in enumerate((3, 1, 4, 2))
    ]
    why = judge(caller_of(visits, tmp_path), None)[2]
    assert "many-addresses" in [each.id for each in why]


def test_a_name_that_is_sinkholed_now(tmp_path: Path) -> None:
    caller = caller_of([asking("evil.example"), *GENERATED[:5]], tmp_path)
    kind, _, why = judge(caller, None, lambda name: name == "evil.example")
    assert [each.id for each in why] == ["sinkholed-name"]
    assert why[0].text == "it wanted evil.example, which we sinkhole"
    assert kind is Kind.VICTIM
    assert judge(caller, None, lambda _: False)[2] == ()


def test_what_was_asked_only_later_does_not_count(tmp_path: Path) -> None:
    late = (Asked(name="evil.example", first=NOW + 90_000, last=NOW + 90_000, count=1),)
    why = judge(caller_of(BEACON[:1], tmp_path), late)[2]
    assert "asked" not in [each.id for each in why]


def test_many_fingerprints(tmp_path: Path) -> None:
    hellos = [Hello(ciphers=tuple(range(1, at + 2)), server_name=b"a.example") for at in range(7)]
    visits = [greeting("a.example", hello=each) for each in hellos]
    why = judge(caller_of(visits, tmp_path), None)[2]
    assert "many-fingerprints" in [each.id for each in why]
