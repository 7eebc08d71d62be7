from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from fluxhound.enrichment.domains import registered_domain
from fluxhound.lab.chains import chain_texts, zone_texts
from fluxhound.lab.questions import Asked
from tests.lab.runs import ABOVE, BUSY, busy, by_domain, rows, stage, traffic, with_truth


@pytest.mark.parametrize("name", ["cdn-inside", "cdn-own", "balancer", "anycast"])
def test_chains_end_in_the_operator_s_zone(name: str) -> None:
    run = stage(**{name: 300})
    domains = run.domains(name, np.arange(300))
    hosts = np.zeros(300, dtype=np.int64)
    asked = Asked(np.arange(300), hosts, hosts, hosts, hosts)
    names = pa.array([f"www{i}.example.com" for i in range(300)])
    found = chain_texts(run.authority(domains), asked, domains.pool, names).to_pylist()
    zones = zone_texts(domains.index, domains.pool, 1, 1).to_pylist()
    for text, length, zone in zip(found, domains.chain.tolist(), zones, strict=True):
        chain = text.split(",")[:-1]
        assert len(chain) == length
        assert all(registered_domain(target) == zone for target in chain[-1:])


def test_answers_of_customers_name_the_chain_before_the_addresses() -> None:
    table = busy("cdn-inside", 12)
    lengths = {len(chain(row)) for found in by_domain(table).values() for row in found}
    assert lengths == {0, 1, 2, 3}


def test_some_customers_share_an_edge_name() -> None:
    overrides = {"cdn-own": BUSY | {"maps": 1, "chain": 1}}
    run = traffic(1, counts={"cdn-own": 40}, vantage=ABOVE, overrides=overrides)
    owners: dict[str, set[str]] = {}
    for name, found in by_domain(with_truth(rows(run), run.truth)).items():
        for row in found:
            for target in chain(row):
                owners.setdefault(target, set()).add(name)
    assert max(map(len, owners.values())) > 1


def test_a_registered_domain_has_no_cname() -> None:
    for name, found in by_domain(busy("cdn-inside", 12)).items():
        assert {len(chain(row)) for row in found if row["name"] == name} <= {0}


def chain(row: dict[str, Any]) -> list[str]:
    parts: list[str] = row["answers"].split(",")
    return parts[: len(parts) - len(row["addresses"])]
