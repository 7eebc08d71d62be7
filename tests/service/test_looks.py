from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest

from fluxhound.enrichment.domains import domain_table
from fluxhound.history.store import Store
from fluxhound.records import EntityKind
from fluxhound.service.bench import Bench
from fluxhound.service.judged import judged
from fluxhound.service.looks import CLIENT_HOURS, Looked, Looks
from fluxhound.service.sweep import Sweep
from fluxhound.service.tracking import Tracking
from tests.service.live import plain, rows_in, store_of, tables, traffic
from tests.sharing.builders import single_flux


class Pad:
    """A bench with all rows of some lab traffic, to look at."""

    def __init__(self) -> None:
        self.store = store_of(traffic())
        self.engine = Store(None, threads=1)
        self.tracking = Tracking(domain_table().lookup, most_names=100_000)
        self.bench = Bench(self.engine.connection, most_rows=10**6)
        rows = rows_in(self.store.connection)
        heard = self.tracking.hear(rows)
        everything = self.tracking.describe(rows)
        self.bench.add(everything.rows, heard.aliases, heard.addresses)
        self.domains = self.tracking.breadth.domains["key"].astype(np.uint64)
        self.looks = Looks(self.bench, self.engine, self.store, tables=tables())

    def look(self, domains: np.ndarray[tuple[int], np.dtype[np.uint64]]) -> Looked:
        return self.looks.look(
            domains, known=np.zeros(len(domains), dtype=bool), among=self.domains
        )


@pytest.fixture(scope="module")
def pad() -> Iterator[Pad]:
    made = Pad()
    yield made
    made.looks.close()
    made.engine.close()
    made.store.close()


def test_the_same_rows_have_the_same_verdicts(pad: Pad) -> None:
    looked = pad.look(pad.domains)
    analysis = judged(pad.store.connection, tables=tables())
    assert looked.rows == rows_in(pad.store.connection).num_rows
    found = [f for f in looked.entities if f.finding]
    assert len(found) > 5
    assert plain(found, rules=False) == plain(analysis.findings, rules=False)
    assert looked.found.sum() == len({f.registered_domain for f in found if f.registered_domain})
    assert looked.hot.size > 20


def test_one_domain_is_judged_with_its_neighbours(pad: Pad) -> None:
    whole = pad.look(pad.domains)
    alone = {f.name: f for i in np.flatnonzero(whole.found)
             for f in pad.look(pad.domains[i : i + 1]).entities if f.finding}  # fmt: skip
    listed = {f.name for f in whole.entities if f.finding and f.registered_domain}
    assert len(listed & alone.keys()) >= 0.8 * len(listed)  # the rest is for the next sweep


def test_what_the_screen_rules_out_is_told(pad: Pad) -> None:
    looked = pad.look(pad.domains)
    assert looked.ruled_out.any()
    assert not (looked.ruled_out & looked.found).any()
    assert np.isnan(looked.odds[looked.ruled_out]).all()


def test_nothing_to_say_of_domains_without_findings(pad: Pad) -> None:
    looked = pad.look(pad.domains)
    assert pad.look(pad.domains[looked.ruled_out]).entities == ()
    assert pad.look(np.array([1], dtype=np.uint64)).rows == 0


def test_a_domain_that_was_a_finding_is_told_of_in_any_case(pad: Pad) -> None:
    looked = pad.look(pad.domains)
    judged_only = pad.domains[~np.isnan(looked.odds) & ~looked.found][:1]
    known = pad.looks.look(judged_only, known=np.array([True]), among=pad.domains)
    assert known.entities
    assert not any(f.finding for f in known.entities)


def test_networks_keep_the_names_of_the_last_sweep(pad: Pad) -> None:
    swept = Sweep(pad.store, tables=tables()).run()
    names = {f.name: f.network for f in swept.findings if f.network}
    assert names
    seen = [f for f in pad.look(pad.domains).entities if f.name in names]
    assert all(f.network == names[f.name] for f in seen)


def test_who_asked_is_counted_of_the_last_day(pad: Pad) -> None:
    looked = pad.look(pad.domains)
    one = next(f for f in looked.entities if f.finding and f.entity is EntityKind.NAME)
    domain = pad.tracking.reader.domain_keys(pa.array([one.registered_domain]))
    hour = int(one.last_seen.timestamp() // 3600)
    with pad.store.connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO asking VALUES (?, ?, ?, 0, 0, 1, 0)",
            [(hour, one.name, 7), (hour, one.name, 8), (hour - CLIENT_HOURS - 1, one.name, 9)],
        )
        counted = {f.name: f.measures["clients"] for f in pad.look(domain).entities}
        cursor.execute("DELETE FROM asking")
    assert counted[one.name] == 2
    # What one look was told of, the next is not.
    again = {f.name: f.measures["clients"] for f in pad.look(domain).entities}
    assert again[one.name] != 2


def test_what_a_finding_showed_last_is_at_hand(pad: Pad) -> None:
    assert Looks(pad.bench, pad.engine, pad.store, tables=tables()).shown(single_flux()) == ()
    looked = pad.look(pad.domains)
    found = {f.entity: f for f in looked.entities if f.finding}
    name, domain = found[EntityKind.NAME], found[EntityKind.REGISTERED_DOMAIN]
    newest = pad.store.connection.execute(
        "SELECT answers FROM history WHERE name = ? AND type <> 'NS' ORDER BY last DESC LIMIT 1",
        [name.name],
    ).fetchall()[0][0]
    assert ",".join(pad.looks.shown(name)).startswith(newest)
    assert pad.looks.shown(domain)
    assert pad.looks.shown(found[EntityKind.NETWORK]) == ()
