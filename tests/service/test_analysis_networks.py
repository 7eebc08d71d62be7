"""Networks of an analysis: who is in one, found by its name, the same from day to day."""

from __future__ import annotations

import io
from operator import itemgetter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from fluxhound.records import OBSERVATION, EntityKind
from fluxhound.service.analysis import Analysis, AnalysisOptions, analyze
from tests.scenarios import DAY, START, addresses_by_kind
from tests.writers import zeek_tsv

POOL = addresses_by_kind("access", 80, np.random.default_rng(3))
DOMAINS = ("alpha-pool.com", "beta-pool.net", "gamma-pool.org")


def shown(name: str, addresses: list[str], day: int) -> list[dict[str, object]]:
    return [
        {
            "time": START + day * DAY + i * 600 + sum(map(ord, name)) % 599,
            "name": name,
            "type": "A",
            "answers": ",".join(addresses[i : i + 4]),
            "ttl": 300,
            "client": "10.0.0.9",
            "sensor": "10.0.0.53",
        }
        for i in range(0, len(addresses) - 3, 2)
    ]


def day_log(day: int, *, extra: tuple[str, ...] = ()) -> bytes:
    """Return a log of three domains on thirty of the pool's hosts each; ten are new every day."""
    rows = [
        row
        for i, name in enumerate(DOMAINS)
        for row in shown(name, POOL[day * 10 + i * 6 : day * 10 + i * 6 + 30], day)
    ]
    for name in extra:
        rows += shown(name, POOL[day * 10 + 14 : day * 10 + 18], day)
    return zeek_tsv(pa.Table.from_pylist(sorted(rows, key=itemgetter("time")), schema=OBSERVATION))


def analysed(log: bytes, store: Path | None = None) -> Analysis:
    return analyze(io.BytesIO(log), options=AnalysisOptions(threads=1, store=store))


def networks(analysis: Analysis) -> dict[str, tuple[str, ...]]:
    return {e.name: e.members for e in analysis.entities if e.entity is EntityKind.NETWORK}


@pytest.fixture(scope="module")
def first() -> dict[str, tuple[str, ...]]:
    with analysed(day_log(0)) as analysis:
        return networks(analysis)


def test_domains_of_one_pool_are_members(first: dict[str, tuple[str, ...]]) -> None:
    assert list(first.values()) == [DOMAINS]


def test_a_network_is_found_by_its_name(first: dict[str, tuple[str, ...]]) -> None:
    (name,) = first
    with analysed(day_log(0)) as analysis:
        found = analysis.find(name)
        assert (found.entity, found.registered_domain) == (EntityKind.NETWORK, "")
        assert (found.members, found.network) == (DOMAINS, "")
        assert set(found.baselines.values()) == {None}
        assert analysis.timeline(name).rows
        assert analysis.find(DOMAINS[0]).network == name
        assert analysis.find(DOMAINS[0]).members == ()


def test_two_days_in_one_store_keep_the_name(
    first: dict[str, tuple[str, ...]], tmp_path: Path
) -> None:
    store = tmp_path / "store"
    (name,) = first
    with analysed(day_log(0), store) as analysis:
        assert list(networks(analysis)) == [name]
    with analysed(day_log(1, extra=("aaa-pool.com",)), store) as analysis:
        assert list(networks(analysis)) == [name]
        assert analysis.find("aaa-pool.com").network == name
    with analyze([], options=AnalysisOptions(threads=1, store=store)) as again:
        assert list(networks(again)) == [name]


def test_the_order_of_inputs_does_not_change_names() -> None:
    logs = [day_log(0), day_log(1)]
    options = AnalysisOptions(threads=1)
    with (
        analyze([io.BytesIO(log) for log in logs], options=options) as forth,
        analyze([io.BytesIO(log) for log in reversed(logs)], options=options) as back,
    ):
        assert networks(forth) == networks(back)
        assert len(networks(forth)) == 1
