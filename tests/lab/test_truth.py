from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from fluxhound.enrichment.domains import domain_table
from fluxhound.lab.parameters import parameters, realistic
from fluxhound.lab.truth import TRUTH
from fluxhound.lab.vantage import Vantage
from tests.lab.runs import rows, traffic

FLUX = {name: 3 for name, a in parameters().archetypes.items() if a.flux}
ADDRESS = re.compile(r"[0-9.]+|[0-9a-f:]*:[0-9a-f:]*")


@pytest.mark.parametrize("position", ["below", "above"])
def test_every_registered_domain_that_is_seen_has_its_truth(position: str) -> None:
    run = traffic(3, counts=realistic(1500, flux=FLUX), vantage=Vantage(position=position))  # type: ignore[arg-type]
    table = rows(run)
    answers = pc.list_flatten(pc.split_pattern(pc.unique(table.column("answers")), ","))
    names = pc.unique(table.column("name")).to_pylist()
    names += [text for text in pc.unique(answers).to_pylist() if not ADDRESS.fullmatch(text)]
    seen = set(domain_table().lookup(names).column("registered_domain").to_pylist())
    assert seen <= set(run.truth.column("registered_domain").to_pylist())


def test_truth_has_one_row_for_each_registered_domain() -> None:
    counts = realistic(3000, flux=FLUX)
    truth = traffic(4, counts=counts).truth
    assert truth.schema == TRUTH
    assert len(pc.unique(truth.column("registered_domain"))) == truth.num_rows
    asked = truth.filter(pc.equal(truth.column("role"), "domain"))
    found = pc.value_counts(asked.column("archetype").combine_chunks())
    assert {row["values"]: row["counts"] for row in found.to_pylist()} == counts
    assert pc.min(asked.column("queries")).as_py() >= 1


def test_infrastructure_is_flux_only_where_it_rotates() -> None:
    truth = traffic(4, counts=realistic(500, flux=FLUX)).truth
    behind = truth.filter(pc.equal(truth.column("role"), "infrastructure"))
    flux = behind.filter(behind.column("flux"))
    assert set(flux.column("archetype").to_pylist()) == {"double", "regional"}
    assert pc.any(pc.equal(behind.column("archetype"), "bulletproof")).as_py()


def test_domains_of_one_pool_have_one_number() -> None:
    truth = traffic(4, counts={"classic": 300}).truth
    asked = truth.filter(pc.equal(truth.column("role"), "domain"))
    sizes = asked.group_by("pool").aggregate([("registered_domain", "count")])
    assert sizes.num_rows > 5
    assert pc.max(sizes.column("registered_domain_count")).as_py() > 5
    live = asked.group_by("pool").aggregate([("live", "count_distinct")])
    assert pc.max(live.column("live_count_distinct")).as_py() == 1
    assert isinstance(asked, pa.Table)
