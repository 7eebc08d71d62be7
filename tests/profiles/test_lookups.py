from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from fluxhound.profiles.lookups import look_at_answers
from tests.detection.baselines.columns import Answer, measured
from tests.profiles.building import Row, address, build, facts, row, stored


def looked(rows: list[Row], names: list[str]) -> tuple[dict[str, dict[str, Any]], list[Row]]:
    with stored(rows) as connection:
        found = {p["name"]: p["entity"] for p in build(connection, wanted=names).to_pylist()}
        chosen = sorted(found[n] for n in names)
        table, members = look_at_answers(connection, pa.array(chosen))
    names_of = {number: name for name, number in found.items()}
    return {names_of[r["entity"]]: r for r in table.to_pylist()}, members.to_pylist()


def traffic(seed: int, name: str) -> list[Row]:
    """Return answers of one sensor that are further apart than the history's hours can blur."""
    rng = np.random.default_rng(seed)
    pool = [address(rng, first=(80, 81, 82, 83, 84)) for _ in range(rng.integers(4, 40))]
    time, rows = 0.0, []
    for _ in range(rng.integers(3, 60)):
        time += float(rng.choice([400.0, 3_700.0])) + float(rng.uniform(0, 60))
        text = ",".join(rng.choice(pool, rng.integers(1, 4), replace=False))
        rows.append(row(time, text, name=name, ttl=int(rng.choice([60, 300, 1_500]))))
    return rows


@pytest.mark.parametrize("seed", range(3))
def test_columns_are_what_they_mean(seed: int) -> None:
    names = [f"n{i}.example{i}.com" for i in range(6)]
    traffics = [traffic(seed * 100 + i, n) for i, n in enumerate(names)]
    found, members = looked([r for each in traffics for r in each], names)
    answers = [
        [Answer(time=r["time"], addresses=r["answers"].split(","), ttl=r["ttl"]) for r in rows]
        for rows in traffics
    ]
    everything = sorted({a for each in answers for one in each for a in one.addresses})
    known = {f["address"]: f for f in facts(pa.array(everything)).to_pylist()}
    plain = measured(
        answers,
        lambda address: known[address]["asn"] or None,
        country_of={a: k["country"] for a, k in known.items()},
    )
    for i, name in enumerate(names):
        for column in (
            "n_a", "n_asn", "n_24", "n_16", "n_country", "h16", "ttl_max", "ttl_mean", "answers",
            "largest_set", "mean_set", "first_two_n_a", "first_two_n_asn",
        ):  # fmt: skip
            value, expected = found[name][column], getattr(plain, column)[i]
            assert (-1 if value is None else value) == pytest.approx(expected), (name, column)
    assert len(members) == len(plain.pair_address)
    assert {m["address"] for m in members} == set(plain.pair_address.tolist())


def test_stretches_end_at_a_pause_and_know_no_long_ttl() -> None:
    rows = [row(i * 60.0, f"80.{i}.0.1") for i in range(3)]
    rows += [row(7_200 + i * 60.0, f"81.{i}.0.1") for i in range(5)]
    rows += [row(7_200 + i * 60.0, f"82.{i}.0.1", ttl=3_600) for i in range(9)]
    found, _ = looked(rows, ["flux.example.com"])
    assert found["flux.example.com"]["stretch_n_a"] == 5


def test_only_ipv4_counts_and_without_a_ttl_there_is_no_second_look() -> None:
    rows = [row(i * 600.0, f"2a50:db8:{i}::1", ttl=None) for i in range(5)]
    rows += [row(i * 600.0, f"80.{i}.0.1", ttl=None) for i in range(4)]
    found, members = looked(rows, ["flux.example.com"])
    p = found["flux.example.com"]
    assert (p["n_a"], p["ttl_max"], p["first_two_n_a"], p["stretch_n_a"]) == (4, None, None, None)
    assert len(members) == 4
    assert members[0]["address"] == 80 << 24 | 1
