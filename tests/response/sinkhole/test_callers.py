from __future__ import annotations

from pathlib import Path

from fluxhound.response.sinkhole.callers import Called, folded_visits, read_callers
from fluxhound.response.sinkhole.limits import Limits
from fluxhound.response.sinkhole.visits import reading
from tests.response.sinkhole.making import NOW, asking, greeting, stored, visit


def test_what_a_client_did_is_added_up(tmp_path: Path) -> None:
    path = stored(
        tmp_path / "s",
        asking("a.example", at=0, octets=10),
        asking("a.example", at=4_000, client_port=41_000),
        greeting("b.example", at=20, address="198.51.100.9"),
        asking("192.0.2.1", at=30, path="/.env"),
        visit(at=40, port=6667, first=b"NICK"),
        asking("c.example", "10.0.0.8", at=5_000),
    )
    with reading(path) as connection:
        latest, caller = read_callers(connection, since=0)
        assert [each.client for each in read_callers(connection, since=NOW + 4_500)] == ["10.0.0.8"]
        assert len(read_callers(connection, since=0, most=1)) == 1
    assert latest.client == "10.0.0.8"
    assert caller.called == (
        Called(name="a.example", first=NOW, last=NOW + 4_000, count=2),
        Called(name="b.example", first=NOW + 20, last=NOW + 20, count=1),
    )
    assert (caller.visits, caller.hours, caller.names, caller.ports) == (5, 2, 2, 3)
    assert (caller.nameless, caller.probes, caller.odd) == (1, 1, 1)
    assert (caller.first, caller.last, caller.client_port) == (NOW, NOW + 4_000, 41_000)
    assert caller.port_numbers == (80, 443, 6667)
    assert caller.order == ("198.51.100.1", "198.51.100.9")
    assert caller.openings == ("4e49434b",)
    assert caller.agents == ("bot/1",)
    assert caller.ja4s == len(caller.fingerprints) == 1


def test_nobody_came(tmp_path: Path) -> None:
    with reading(stored(tmp_path / "s")) as connection:
        assert read_callers(connection, since=0) == ()
        assert folded_visits(connection, since=0) == 0


def test_whoever_is_beyond_the_bounds_is_no_client(tmp_path: Path) -> None:
    visits = [asking("a.example", f"10.0.{at}.1") for at in range(30)]
    limits = Limits(rows_per_hour=5)
    path = stored(tmp_path / "s", *visits, limits=limits)
    with reading(path) as connection:
        assert len(read_callers(connection, since=0)) == 5
        assert folded_visits(connection, since=0) == 25
