"""What new inputs are about is judged with its history, and nothing else is looked at."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from fluxhound.enrichment.domains import domain_table, registered_domain
from fluxhound.errors import UsageError
from fluxhound.history.compaction import Compactor
from fluxhound.history.store import Store
from fluxhound.records import OBSERVATION
from fluxhound.service.analysis import Analysis, AnalysisOptions, analyze
from fluxhound.service.touched import bring_touched
from tests.scenarios import FLUX, START
from tests.service.drafts import traffic
from tests.service.test_analysis_networks import DOMAINS, POOL, shown
from tests.writers import zeek_tsv

NAME = FLUX["classic"].judged
DOMAIN = registered_domain(NAME)
HOUR = START + 2 * 3600


def parts() -> tuple[pa.Table, pa.Table]:
    """Return two hours of all names, and one hour of one domain alone."""
    whole = traffic()
    early = pc.less(whole.column("time"), HOUR)
    of_domain = pa.array([registered_domain(n) == DOMAIN for n in whole.column("name").to_pylist()])
    return whole.filter(early), whole.filter(pc.and_(pc.invert(early), of_domain))


def brought(*inputs: pa.Table, networks: tuple[tuple[str, str], ...] = ()) -> list[tuple[str, int]]:
    """Return names and sources of what is brought for the last of the *inputs*."""
    with Store() as store:
        for number, table in enumerate(inputs, 1):
            compactor = Compactor(store.connection, source=number)
            for batch in table.to_batches():
                compactor.take(batch)
            compactor.finish()
        for unit, domain in networks:
            store.connection.execute(
                "INSERT INTO network_unit VALUES ('00000001', ?, ?, ?)", [unit, domain, START]
            )
        rows = bring_touched(store.connection, since_source=len(inputs), domains=domain_table())
        found = store.connection.execute("SELECT name, source FROM temp.history ORDER BY ALL")
        result = found.fetchall()
    assert len(result) == rows
    return result


def answers(*rows: tuple[str, str, str]) -> pa.Table:
    columns = [
        {"time": START + i, "name": n, "type": t, "answers": a, "ttl": 60}
        for i, (n, t, a) in enumerate(rows)
    ]
    return pa.Table.from_pylist(columns, schema=OBSERVATION)


def test_all_that_was_seen_of_the_domain_is_brought_and_nothing_else() -> None:
    early, late = parts()
    found = brought(early, late)
    assert {registered_domain(name) for name, _ in found} == {DOMAIN}
    assert {source for _, source in found} == {1, 2}


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        pytest.param(
            [("a.one.com", "A", "192.0.2.1"), ("b.two.com", "A", "192.0.2.2")],
            [("c.one.com", "A", "192.0.2.3")],
            {"a.one.com", "c.one.com"},
            id="names-of-the-same-domain",
        ),
        pytest.param(
            [("edge.two.co.uk", "A", "192.0.2.2"), ("other.co.uk", "A", "192.0.2.9")],
            [("www.one.com", "A", "edge.two.co.uk,192.0.2.3")],
            {"www.one.com", "edge.two.co.uk"},
            id="the-end-of-a-chain",
        ),
        pytest.param(
            [
                ("one.com", "NS", "ns.host.net"),
                ("ns.host.net", "A", "192.0.2.7"),
                ("web.host.net", "A", "192.0.2.8"),
            ],
            [("www.one.com", "A", "192.0.2.3")],
            {"one.com", "www.one.com", "ns.host.net"},
            id="name-servers-but-not-what-lies-beside-them",
        ),
        pytest.param(
            [("notone.com", "A", "192.0.2.2"), ("one.com.evil.net", "A", "192.0.2.2")],
            [("one.com", "A", "192.0.2.3")],
            {"one.com"},
            id="whole-labels-only",
        ),
        pytest.param(
            [("x.one.com", "A", "2001:db8::1")],
            [("a\\.b.one.com", "AAAA", "2001:db8::2")],
            {"x.one.com", "a\\.b.one.com"},
            id="escapes-and-ipv6",
        ),
    ],
)
def test_touched(
    old: list[tuple[str, str, str]], new: list[tuple[str, str, str]], names: set[str]
) -> None:
    assert {name for name, _ in brought(answers(*old), answers(*new))} == names


def test_a_known_network_brings_its_members() -> None:
    old = answers(("b.com", "A", "192.0.2.9"), ("c.com", "A", "192.0.2.8"))
    new = answers(("a.com", "A", "192.0.2.1"))
    networks = (("192.0.2.1", "b.com"), ("192.0.2.9", "b.com"))
    assert {n for n, _ in brought(old, new, networks=networks)} == {"a.com", "b.com"}


def test_what_repeats_what_is_known_touches_nothing() -> None:
    old = answers(("a.one.com", "A", "192.0.2.1"), ("b.two.com", "A", "192.0.2.2"))
    new = answers(("a.one.com", "A", "192.0.2.1"), ("b.two.com", "A", "192.0.2.3"))
    assert {name for name, _ in brought(old, new)} == {"b.two.com"}


def test_nothing_new_touches_nothing() -> None:
    early, _ = parts()
    assert brought(early, early.slice(0, 0)) == []


def analysed(table: pa.Table, store: Path, *, new: bool) -> Analysis:
    options = AnalysisOptions(threads=1, store=store, new=new)
    return analyze(io.BytesIO(zeek_tsv(table)), options=options)


def test_the_verdict_is_that_of_the_whole_store(tmp_path: Path) -> None:
    early, late = parts()
    results = {}
    for new in (False, True):
        store = tmp_path / f"{new}.duckdb"
        analysed(early, store, new=False).close()
        with analysed(late, store, new=new) as analysis:
            results[new] = {f.name: f for f in analysis}
    assert set(results[True]) == {n for n in results[False] if registered_domain(n) == DOMAIN}
    assert results[True][NAME].flux == pytest.approx(results[False][NAME].flux, abs=0.02)
    assert results[True][NAME].verdict == results[False][NAME].verdict
    assert results[True][NAME].first_seen == results[False][NAME].first_seen


def test_a_member_of_a_network_is_found_in_company(tmp_path: Path) -> None:
    store = tmp_path / "flux.duckdb"
    rows = [r for i, n in enumerate(DOMAINS) for r in shown(n, POOL[i * 6 : i * 6 + 30], 0)]
    first = pa.Table.from_pylist(sorted(rows, key=lambda r: str(r["time"])), schema=OBSERVATION)
    more = shown(DOMAINS[0], POOL[10:40], 1)
    analysed(first, store, new=False).close()
    with analysed(pa.Table.from_pylist(more, schema=OBSERVATION), store, new=True) as analysis:
        assert analysis.find(DOMAINS[0]).network
        assert {f.name for f in analysis.entities} >= {DOMAINS[0]}


def test_new_needs_an_input_and_a_store() -> None:
    with pytest.raises(UsageError, match="--store"):
        analyze(io.BytesIO(b""), options=AnalysisOptions(new=True))
