from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from fluxhound.detection.baselines import evaluate
from fluxhound.detection.baselines.inputs import UNKNOWN, as_bool
from fluxhound.detection.compared import baselines_of
from fluxhound.enrichment.domains import registered_domain
from fluxhound.profiles.lookups import look_at_answers
from tests.detection.baselines.columns import Answer, measured
from tests.detection.conftest import Judged
from tests.scenarios import SCENARIOS

#: Names that are judged by their own answers, one sensor each, with IPv4.
KINDS = [
    kind
    for kind, s in SCENARIOS.items()
    if s.entity == "name" and s.sensors == 1 and kind not in {"ipv6", "dynamic-host"}
]


def servers(traffic: list[dict[str, Any]], name: str) -> int:
    """Return how many name servers of a domain were seen, or "unknown"."""
    zone = registered_domain(name)
    rows = [r for r in traffic if r["type"] == "NS" and r["name"] == zone]
    return len({h for r in rows for h in r["answers"].split(",")}) or UNKNOWN


def compared(mixture: Judged, rows: list[int], *, known: bool) -> list[dict[str, bool | None]]:
    chosen = np.array(sorted(rows), dtype=np.int64)
    numbers = mixture.judgement.profiles.column("entity").to_numpy()[chosen]
    lookups, members = look_at_answers(mixture.connection, pa.array(numbers))
    found = baselines_of(mixture.judgement, chosen, lookups, members, asn_known=known)
    by_row = dict(zip(chosen.tolist(), found, strict=True))
    return [by_row[row] for row in rows]


def test_rules_say_what_they_say_of_the_plain_answers(mixture: Judged) -> None:
    answers: list[list[Answer]] = []
    traffic = mixture.traffic.to_pylist()
    wanted = [SCENARIOS[kind].judged for kind in KINDS]
    for name in wanted:
        rows = [r for r in traffic if r["name"] == name and r["type"] == "A"]
        answers.append(
            [Answer(time=r["time"], addresses=r["answers"].split(","), ttl=r["ttl"]) for r in rows]
        )
    everything = sorted({a for each in answers for one in each for a in one.addresses})
    facts = mixture.tables.lookup(pa.array(everything)).to_pylist()
    asn = {f["address"]: f["asn"] for f in facts}
    country = {f["address"]: f["country"] for f in facts}
    inputs = measured(answers, cache(asn.__getitem__), country_of=country)
    plain = evaluate(replace(inputs, n_ns=np.array([servers(traffic, name) for name in wanted])))
    found = compared(mixture, [mixture.row(name) for name in wanted], known=True)
    for rule, verdicts in plain.items():
        expected = {k: as_bool(int(v)) for k, v in zip(KINDS, verdicts, strict=True)}
        ours = {k: each[rule] for k, each in zip(KINDS, found, strict=True)}
        assert ours == expected, rule


def test_without_networks_the_rules_that_count_them_cannot_be_computed(mixture: Judged) -> None:
    (found,) = compared(mixture, [mixture.row("pharma-deals24.com")], known=False)
    assert found["holz_24h"] is None
    assert found["zeek_script"] is None
    assert found["stalmans_rule"] is True


def test_a_name_without_ipv4_is_known_to_have_no_address(mixture: Judged) -> None:
    (found,) = compared(mixture, [mixture.row("six-ways-home.net")], known=True)
    assert found["stalmans_rule"] is False
    assert found["holz_24h"] is False


@pytest.mark.parametrize("known", [True, False])
def test_nothing_is_compared_with_nothing(mixture: Judged, *, known: bool) -> None:
    assert compared(mixture, [], known=known) == []
