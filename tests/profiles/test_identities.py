from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.history.compaction import Compactor
from fluxhound.history.store import Store
from fluxhound.profiles import identities
from fluxhound.profiles.identities import Overlap, inherited, named, remember_networks
from fluxhound.records import OBSERVATION
from tests.profiles.building import DAY, START, Row, build, profiles, row

POOL = [f"80.{i % 6}.{i}.7" for i in range(90)]
DOMAINS = ("a.one.com", "b.two.com", "c.three.com")


def overlap(group: int, known: str, units: int = 9, first: float = 0, domains: int = 0) -> Overlap:
    return Overlap(group=group, id=known, units=units, domains=domains, first_seen=first)


def test_a_network_keeps_the_name_of_the_stored_one() -> None:
    heirs = inherited([overlap(1, "aa"), overlap(2, "bb")], {1: ["x"], 2: ["y"]})
    assert named({1: ["x"], 2: ["y"]}, heirs) == {1: "network-aa", 2: "network-bb"}


def test_networks_that_grow_together_keep_the_oldest_name() -> None:
    heirs = inherited([overlap(1, "aa", 50, first=9), overlap(1, "bb", 5, first=3)], {1: ["x"]})
    assert heirs == {"aa": 1, "bb": 1}
    assert named({1: ["x"]}, heirs) == {1: "network-bb"}


def test_of_two_parts_the_larger_one_keeps_the_name() -> None:
    members = {1: ["x.com"], 2: ["y.com"]}
    names = named(members, inherited([overlap(1, "aa", 5), overlap(2, "aa", 50)], members))
    assert names[2] == "network-aa"
    assert names[1] not in {"network-aa", names[2]}


@given(st.dictionaries(st.integers(0, 50), st.sets(st.text(min_size=1), min_size=1), max_size=8))
def test_new_names_are_distinct_and_a_function_of_the_members(members: dict[int, set[str]]) -> None:
    ordered = {group: sorted(domains) for group, domains in members.items()}
    names = named(ordered, {})
    assert len(set(names.values())) == len(members)
    turned = dict(reversed(list(ordered.items())))
    by_members = {tuple(ordered[group]): name for group, name in names.items()}
    assert {tuple(turned[g]): n for g, n in named(turned, {}).items()} == by_members or len(
        by_members
    ) < len(members)


def shown(name: str, addresses: Sequence[str], day: int = 0) -> list[Row]:
    return [row(day * DAY + i * 60, a, name=name) for i, a in enumerate(addresses)]


def pool(first: int, day: int = 0, domains: Sequence[str] = DOMAINS) -> list[Row]:
    return [
        r
        for i, name in enumerate(domains)
        for r in shown(name, POOL[first + i * 4 : first + i * 4 + 10], day)
    ]


def read(store: Store, rows: Sequence[Row]) -> None:
    compactor = Compactor(store.connection)
    for batch in pa.Table.from_pylist(list(rows), schema=OBSERVATION).to_batches():
        compactor.take(batch)
    compactor.finish()


class Days:
    """A store that reads one day after another and remembers the networks of each."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.day = 0

    def see(self, rows: Sequence[Row], *, alone: bool = True) -> dict[tuple[str, str], Row]:
        """Add a day's *rows* and return the profiles, of that day *alone* or of all."""
        with Store(self.path, threads=1) as store:
            read(store, rows)
            since = START + self.day * DAY
            given: dict[str, Any] = {"since": _moment(since)} if alone else {}
            table = build(store.connection, wide=False, **given)
            with store.transaction():
                remember_networks(store.connection)
        self.day += 1
        return {(p["kind"], p["name"]): p for p in table.to_pylist()}

    def stored(self) -> list[tuple[Any, ...]]:
        with Store(self.path, threads=1) as store:
            return store.connection.execute("SELECT * FROM network ORDER BY id").fetchall()


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.fixture
def days(tmp_path: Path) -> Days:
    return Days(tmp_path / "store")


def names(found: dict[tuple[str, str], Row]) -> list[str]:
    return [name for kind, name in found if kind == "network"]


def test_a_network_lasts_from_day_to_day(days: Days) -> None:
    first = names(days.see(pool(0)))
    # Other domains on hosts of which some are the same.
    later = names(days.see(pool(6, day=1, domains=("k.four.com", "l.five.com", "m.six.com"))))
    assert len(first) == 1
    assert first == later
    ((known, begun, ended),) = days.stored()
    assert (f"network-{known}", begun) == (first[0], START)
    assert ended > START + DAY


def test_the_same_domains_on_new_hosts_are_the_same_network(days: Days) -> None:
    # Without the last of them, whose hash gives the name, the name must come from the store.
    first = names(days.see(pool(0, domains=(*DOMAINS, "d.four.com"))))
    assert names(days.see(pool(40, day=1))) == first


def test_another_pool_is_another_network(days: Days) -> None:
    first = names(days.see(pool(0)))
    others = names(days.see(pool(40, day=1, domains=("k.four.com", "l.five.com", "m.six.com"))))
    assert len(first + others) == len({*first, *others}) == 2
    assert len(days.stored()) == 2


def test_a_new_name_on_a_pool_known_from_before_is_profiled(days: Days) -> None:
    first = names(days.see(pool(0)))
    second = days.see(shown("new.nine.com", POOL[8:10], day=1))
    assert names(second) == first
    p = second["name", "new.nine.com"]
    assert (p["network_domains"], p["network_share"], p["network_units"]) == (3, 1, 18)


def test_a_member_alone_still_belongs_to_its_network(days: Days) -> None:
    first = names(days.see(pool(0)))
    second = days.see(shown("z.ten.com", POOL[2:12], day=1))
    assert names(second) == first
    assert second["name", "z.ten.com"]["network_share"] == 1


def test_what_a_name_itself_showed_before_supports_it_not(days: Days) -> None:
    days.see(pool(0))
    second = days.see(shown("a.one.com", POOL[0:10], day=1))
    p = second["name", "a.one.com"]
    assert p["network_share"] == pytest.approx(0.6)


def test_networks_are_forgotten_after_thirty_days(days: Days) -> None:
    days.see(pool(0))
    days.day = 31
    assert names(days.see(shown("new.nine.com", POOL[8:10], day=31))) == []
    others = names(days.see(pool(40, day=32, domains=("k.four.com", "l.five.com", "m.six.com"))))
    assert [f"network-{known}" for known, _, _ in days.stored()] == others


def test_reading_on_changes_nothing_when_there_is_nothing_new(days: Days) -> None:
    rows = pool(0) + shown("new.nine.com", POOL[8:10])
    first = days.see(rows, alone=False)
    assert days.see([], alone=False) == first


def test_the_store_stays_bounded(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    query = identities._REMEMBERED.replace(f"<= {identities.KEPT_ROWS}", "<= 5")
    monkeypatch.setattr(identities, "_REMEMBERED", query)
    days.see(pool(0))
    with Store(days.path) as store:
        count = store.connection.execute("SELECT count(*) FROM network_unit").fetchall()[0][0]
    assert count == 5


def test_grown_together_in_the_store(days: Days) -> None:
    days.see(pool(0) + pool(40, domains=("k.four.com", "l.five.com", "m.six.com")))
    before = {f"network-{i}": first for i, first, _ in days.stored()}
    assert len(before) == 2
    bridge = ("p.seven.com", "q.eight.com", "r.nine.com")
    both = POOL[0:12] + POOL[40:52]
    joined = names(days.see([r for d in bridge for r in shown(d, both, day=1)]))
    assert len(joined) == 1
    assert joined[0] == min(before, key=lambda name: (before[name], name))
    assert [f"network-{i}" for i, _, _ in days.stored()] == joined


def test_without_a_store_the_name_is_that_of_the_members() -> None:
    first = names(profiles(pool(0), wide=False))
    assert names(profiles(pool(30)[::-1], wide=False)) == first
