from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fluxhound.enrichment.domains import domain_table
from fluxhound.profiles.candidates import _look_up_domains
from fluxhound.profiles.gate import count_addresses, list_owners
from fluxhound.service.arrivals import Reader
from fluxhound.service.attention import Fill, State
from fluxhound.service.looks import _COUNTED
from fluxhound.service.tracking import Tracking
from tests.scenarios import addresses_by_kind
from tests.service.live import rows_in, store_of, tables, traffic

COLUMNS = ("hour", "sensor", "name", "type", "answers")


def tracking(most_names: int = 10_000) -> Tracking:
    return Tracking(domain_table().lookup, most_names=most_names, reader=Reader(salt="s"))


def rows(*each: tuple[str, str, str]) -> pa.Table:
    return pa.table(
        {
            "hour": pa.array([490_000] * len(each), pa.int32()),
            "sensor": ["r"] * len(each),
            "name": [name for name, _, _ in each],
            "type": [kind for _, kind, _ in each],
            "answers": [answers for _, _, answers in each],
        }
    )


@pytest.mark.parametrize("parts", [1, 7])
def test_whatever_passes_the_gate_is_noticed(parts: int) -> None:
    """Between any two portions of lab traffic: no domain that the gate lets through is missing."""
    store = store_of(traffic())
    everything = rows_in(store.connection)
    tracked = tracking()
    heard = 0
    for part in range(1, parts + 1):
        until = everything.num_rows * part // parts
        tracked.hear(everything.slice(heard, until - heard))
        heard = until
        seen = everything.slice(0, until)
        with store.connection.cursor() as cursor:
            cursor.register("said", seen)
            cursor.execute("CREATE OR REPLACE TEMP TABLE seen AS SELECT * FROM said")
            list_owners(cursor)
            _look_up_domains(cursor, domain_table().lookup)
            count_addresses(cursor, wide=False)
            passed = cursor.execute(_COUNTED).fetchnumpy()["domain_key"]
        numbers = tracked.breadth.domains_at(np.asarray(passed, np.uint64))
        assert len(passed) > 3
        assert (numbers >= 0).all()
        assert tracked.breadth.domains["passed"][numbers].all()
    # And the counts mean something: most domains never pass.
    assert tracked.breadth.domains["passed"].mean() < 0.6
    store.close()


def test_only_what_is_new_goes_to_the_bench() -> None:
    tracked = tracking()
    first = tracked.hear(rows(("www.a.com", "A", "192.0.2.1,192.0.2.2")))
    again = tracked.hear(rows(("www.a.com", "A", "192.0.2.2,192.0.2.1")))
    assert first.rows.num_rows == 1
    assert first.addresses.num_rows == 2
    assert again.rows.num_rows == 0


@pytest.mark.parametrize(
    ("state", "known", "new"), [(State.RULED_OUT, 0, 0), (State.UNKNOWN, 0, 1), (State.NEAR, 1, 1)]
)
def test_what_the_bench_has_depends_on_the_state(state: State, known: int, new: int) -> None:
    tracked = tracking()
    tracked.hear(rows(("www.a.com", "A", "192.0.2.1")))
    tracked.breadth.domains["state"][:] = state
    assert tracked.hear(rows(("www.a.com", "A", "192.0.2.1"))).rows.num_rows == known
    assert tracked.hear(rows(("x.a.com", "A", "192.0.2.9"))).rows.num_rows == new


def test_chains_count_for_whom_they_lead_to() -> None:
    tracked = tracking()
    heard = tracked.hear(
        rows(*((f"www.c{i}.com", "A", f"e.cdn.net,192.0.{i}.1,198.51.{i}.1") for i in range(3)))
    )
    cdn = tracked.breadth.domains_at(tracked.reader.domain_keys(pa.array(["cdn.net"])))
    assert tracked.breadth.domains["texts"][cdn].tolist() == [3]
    assert tracked.breadth.domains["passed"][cdn].all()
    assert heard.aliases.num_rows == 3
    tracked.followed.fresh(heard.aliases.column("text").to_numpy())
    assert tracked.hear(rows(("www.c0.com", "A", "e.cdn.net,192.0.0.1,198.51.0.1"))).rows.num_rows


def test_old_rows_are_learnt_and_left_in_the_store() -> None:
    tracked = tracking()
    assert tracked.hear(rows(("www.a.com", "A", "192.0.2.1")), old=True).rows.num_rows == 0
    assert tracked.breadth.domains["fill"].tolist() == [Fill.FIRST]
    described = tracked.describe(rows(("www.a.com", "A", "192.0.2.1"), ("b.com", "A", "192.0.2.1")))
    assert described.rows.column("name").to_pylist() == ["www.a.com"]
    assert described.addresses.num_rows == 1


def test_addresses_of_findings_make_a_domain_hot() -> None:
    tracked = tracking()
    shown = tracked.hear(rows(("bot.a.com", "A", "192.0.2.1"))).addresses
    tracked.hot.fresh(shown.column("address").to_numpy())
    tracked.hear(rows(("new.b.com", "A", "192.0.2.1"), ("c.org", "A", "192.0.2.7")))
    assert tracked.breadth.domains["hot"].sum() == 1


def test_nothing_is_lost_when_names_are_forgotten() -> None:
    tracked = tracking(most_names=50)
    for wave in range(20):
        tracked.hear(rows(*((f"n{wave}-{i}.com", "A", "192.0.2.1") for i in range(20))))
    assert len(tracked.breadth.names) <= 70
    assert tracked.hear(rows(("n0-0.com", "A", "192.0.2.1"))).rows.num_rows <= 1
    assert tracked.octets > 0


@pytest.mark.parametrize("most", [100, 0])
def test_access_lines_are_counted_where_it_matters(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fluxhound.service.tracking.MOST_LOOKED_UP", most)
    lines = addresses_by_kind("access", 6, np.random.default_rng(1))
    hosts = addresses_by_kind("hosting", 6, np.random.default_rng(1))
    tracked = Tracking(domain_table().lookup, facts=tables().lookup, most_names=100)
    for address in zip(lines, hosts, strict=True):
        tracked.hear(rows(*((f"{n}.com", "A", a) for n, a in zip("xy", address, strict=True))))
    hosted, on_lines = sorted(tracked.breadth.domains["lines"].tolist())
    assert hosted == 0
    assert on_lines == (4 if most else 3)  # of many, from the third on, which lets it pass


def test_it_is_known_since_when_an_answer_waits_for_a_look() -> None:
    tracked = tracking()
    since = []
    for at in range(1, 6):  # the third answer lets it pass
        tracked.hear(rows(("a.com", "A", f"192.0.2.{at}")), at=float(at))
        since += tracked.breadth.domains["changed_at"].tolist()
    assert since == [1.0, 2.0, 3.0, 3.0, 3.0]
