from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from fluxhound.lab.parameters import parameters, realistic
from fluxhound.lab.setting import START
from fluxhound.lab.vantage import Vantage
from fluxhound.records import OBSERVATION
from tests.lab.runs import rows, traffic

COUNTS = realistic(300, flux={n: 1 for n, a in parameters().archetypes.items() if a.flux})
VANTAGE = Vantage(
    loss=0.02, ecs_share=0.3, serve_stale_share=0.1, mixed_case_share=0.2, min_ttl=30, max_ttl=3600
)


def test_equal_settings_give_equal_traffic() -> None:
    once, again = (traffic(3, counts=COUNTS, vantage=VANTAGE) for _ in range(2))
    assert rows(once) == rows(again)
    assert once.truth == again.truth


def test_batches_may_be_read_twice() -> None:
    run = traffic(3, counts={"classic": 2, "ordinary": 30})
    assert rows(run) == rows(run)


def test_another_seed_gives_other_names() -> None:
    one, other = (traffic(seed, counts={"ordinary": 300}).truth for seed in (1, 2))
    names = [set(truth.column("registered_domain").to_pylist()) for truth in (one, other)]
    assert len(names[0] & names[1]) <= 1


def test_batches_are_observations() -> None:
    for batch in traffic(3, counts=COUNTS, vantage=VANTAGE).batches():
        batch.validate(full=True)
        for field in batch.schema:
            assert field == OBSERVATION.field(field.name)
        for name in ("time", "name", "type", "answers"):
            assert batch.column(name).null_count == 0
        assert pc.min_max(batch.column("time")).as_py()["min"] >= START
        assert pc.min_max(batch.column("time")).as_py()["max"] < START + 86_400.1


def test_ordered_traffic_is_the_same_traffic_by_time() -> None:
    run = traffic(3, counts=COUNTS)
    ordered = pa.Table.from_batches(run.batches(ordered=True), run.schema)
    times = ordered.column("time").to_numpy()
    assert (times[1:] >= times[:-1]).all()
    keys = [(name, "ascending") for name in ordered.schema.names]
    assert ordered.sort_by(keys) == rows(run).sort_by(keys)


@pytest.mark.parametrize("position", ["below", "above"])
def test_what_is_cut_off_early_is_the_beginning_of_the_whole(position: str) -> None:
    vantage = Vantage(position=position)  # type: ignore[arg-type]
    whole, cut = (
        rows(traffic(5, counts=COUNTS, vantage=vantage, until=until)) for until in (None, 7200.0)
    )
    early = whole.filter(pc.less(whole.column("time"), START + 7200))
    keys = [(name, "ascending") for name in whole.schema.names]
    assert cut.num_rows > 100
    assert early.sort_by(keys) == cut.sort_by(keys)


def test_passive_dns_counts_what_a_log_shows() -> None:
    log, passive = (
        rows(traffic(6, counts=COUNTS, vantage=Vantage(position="above", aggregated=a)))
        for a in (False, True)
    )
    assert passive.schema.names == ["time", "name", "type", "answers", "time_last", "count"]
    assert pc.sum(passive.column("count")).as_py() == log.num_rows
    assert pc.all(pc.less_equal(passive.column("time"), passive.column("time_last"))).as_py()
    assert passive.num_rows < 0.8 * log.num_rows


def test_overrides_change_one_archetype_and_no_other() -> None:
    counts = {"classic": 4, "cdn-own": 20}
    plain = traffic(7, counts=counts)
    changed = traffic(7, counts=counts, overrides={"classic": {"answers": 1, "rotation_s": 14_400}})
    of_classic = changed.truth.filter(pc.equal(changed.truth.column("archetype"), "classic"))
    domains = of_classic.filter(pc.equal(of_classic.column("role"), "domain"))
    assert set(domains.column("size").to_pylist()) == {1}
    assert set(domains.column("rotation_s").to_pylist()) == {14_400.0}

    def own(table: pa.Table) -> pa.Table:
        return table.filter(pc.equal(table.column("archetype"), "cdn-own"))

    assert own(plain.truth) == own(changed.truth)


def test_more_domains_leave_the_first_ones_as_they_are() -> None:
    few, many = (
        rows(traffic(8, counts={"ordinary": n}, vantage=Vantage(servers=False))) for n in (50, 200)
    )
    names = pc.is_in(many.column("name"), pc.unique(few.column("name")))
    keys = [(name, "ascending") for name in few.schema.names]
    assert many.filter(names).sort_by(keys) == few.sort_by(keys)


def test_nothing_to_generate_is_no_traffic() -> None:
    run = traffic(1, counts={})
    assert rows(run).num_rows == 0


def test_many_resolvers_and_one() -> None:
    for count in (1, 60):
        found = rows(
            traffic(2, counts={"classic": 2, "cdn-own": 5}, vantage=Vantage(resolvers=count))
        )
        assert 1 <= len(pc.unique(found.column("sensor"))) <= count
