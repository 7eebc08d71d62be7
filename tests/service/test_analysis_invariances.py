"""What must not matter: order, halves, portions, spelling, compression, reading twice."""

from __future__ import annotations

import functools
import gzip
import io
import ipaddress
import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fluxhound.history import compaction
from fluxhound.history.store import Store
from fluxhound.service.analysis import Analysis, analyze
from tests.scenarios import FLUX, SCENARIOS
from tests.service.drafts import (
    WIDE,
    documents,
    log,
    reworded,
    rows,
    traffic,
    zeek_lines,
)
from tests.writers import WRITERS, csv_table, zeek_tsv

FEW = settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
SEEDS = st.integers(0, 2**16)


@pytest.fixture(scope="module")
def whole() -> bytes:
    return documents(log(zeek_lines()[1]))


def test_there_is_something_to_compare(whole: bytes) -> None:
    found = [orjson.loads(line) for line in whole.splitlines()]
    assert len(found) > 20
    assert {each["name"] for each in found if each["finding"]} >= {
        FLUX[kind].judged for kind in ("classic", "one-address", "ipv6")
    }


@given(cuts=st.lists(st.floats(0, 1), min_size=1, max_size=4))
@FEW
def test_parts_equal_the_whole(whole: bytes, cuts: list[float]) -> None:
    records = zeek_lines()[1]
    places = sorted({0, len(records), *(int(cut * len(records)) for cut in cuts)})
    parts = [records[a:b] for a, b in itertools.pairwise(places)]
    assert documents(*map(log, parts)) == whole


@given(seed=SEEDS)
@FEW
def test_order_of_files_and_rows_does_not_matter(whole: bytes, seed: int) -> None:
    rng = np.random.default_rng(seed)
    ordered = zeek_lines()[1]
    records = [ordered[i] for i in rng.permutation(len(ordered))]
    cut = int(rng.integers(len(records)))
    assert documents(log(records[cut:]), log(records[:cut])) == whole


@given(seed=SEEDS, count=st.integers(1, 120), cut=st.floats(0, 1))
@FEW
def test_random_rows_in_parts_and_in_any_order(seed: int, count: int, cut: float) -> None:
    table = rows(seed, count)
    at = int(cut * count)
    shuffled = table.take(pa.array(np.random.default_rng(seed).permutation(count)))
    parts = [part for part in (shuffled.slice(0, at), shuffled.slice(at)) if part.num_rows]
    assert documents(*map(csv_table, parts)) == documents(csv_table(table))


@pytest.mark.parametrize("portion", [50, 10_000_000])
def test_portions_do_not_matter(
    monkeypatch: pytest.MonkeyPatch, whole: bytes, portion: int
) -> None:
    monkeypatch.setattr(compaction, "PORTION_ROWS", portion)
    parts = [zeek_lines()[1][at : at + 300] for at in range(0, len(zeek_lines()[1]), 300)]
    assert documents(*map(log, parts)) == whole


def test_threads_do_not_matter(whole: bytes) -> None:
    assert documents(log(zeek_lines()[1]), options=replace(WIDE, threads=3)) == whole


def state(path: Path) -> list[tuple[Any, ...]]:
    """Return all that a store holds."""
    with Store(path) as store:
        tables = ("history", "asked", "input", "meta")
        return [
            row
            for table in tables
            for row in store.connection.execute(f"FROM {table} ORDER BY ALL").fetchall()
        ]


def shown(analysis: Analysis) -> tuple[Any, ...]:
    totals = analysis.totals
    return totals.responses, totals.names, totals.candidates, totals.findings, list(analysis)


@pytest.mark.parametrize("again", ["same", "with a copy"])
def test_reading_twice_changes_nothing(tmp_path: Path, again: str) -> None:
    content = log(zeek_lines()[1])
    options = replace(WIDE, store=tmp_path / "s")
    with analyze(io.BytesIO(content), options=options) as analysis:
        first = shown(analysis)
        assert not analysis.totals.inputs[0].known
    before = state(tmp_path / "s")
    second = {
        "same": [content],
        "with a copy": [content, gzip.compress(content)],
    }[again]
    with analyze([io.BytesIO(each) for each in second], options=options) as analysis:
        assert shown(analysis) == first
        assert all(report.known for report in analysis.totals.inputs)
    assert state(tmp_path / "s") == before


def test_copies_in_one_run_count_once(whole: bytes) -> None:
    content = log(zeek_lines()[1])
    with analyze(
        [io.BytesIO(content), io.BytesIO(gzip.compress(content)), io.BytesIO(content)],
        options=WIDE,
    ) as analysis:
        assert [report.known for report in analysis.totals.inputs] == [False, True, True]
        assert analysis.totals.responses == len(zeek_lines()[1])
    assert documents(content, gzip.compress(content)) == whole


def test_a_store_opened_again_finds_the_same(tmp_path: Path, whole: bytes) -> None:
    records = zeek_lines()[1]
    options = replace(WIDE, store=tmp_path / "s")
    documents(log(records[:400]), options=options)
    documents(log(records[400:]), options=options)
    assert documents(options=options) == whole


def alternating(text: str) -> str:
    """Write a name as resolvers do that use 0x20 encoding, differently each time."""
    turn = itertools.cycle(text.encode())
    return "".join(c.upper() if next(turn) % 3 else c for c in text)


def dotted(text: str) -> str:
    """End each name with a dot, and each CNAME of an answer; addresses have none."""
    return ",".join(p if p[-1:].isdigit() or ":" in p else f"{p}." for p in text.split(","))


def spelled_out(text: str) -> str:
    return ",".join(
        ipaddress.ip_address(p).exploded.upper() if ":" in p else p for p in text.split(",")
    )


SPELLED = ("classic", "cdn-own-network", "ipv6")


@functools.cache
def as_it_was(writer: str) -> bytes:
    return documents(WRITERS[writer](traffic(3, SPELLED)))


#: What is changed -> the log that has it, and how each column is written.
SPELLINGS: dict[str, tuple[str, list[tuple[str, Callable[[str], str]]]]] = {
    "0x20": ("zeek-tsv", [("name", alternating), ("answers", alternating)]),
    "dots": ("csv", [("name", dotted), ("answers", dotted)]),
    "ipv6": ("csv", [("answers", spelled_out)]),
    "all": ("zeek-tsv", [("name", alternating), ("answers", dotted), ("answers", spelled_out)]),
}


@pytest.mark.parametrize("label", SPELLINGS)
def test_spelling_does_not_matter(label: str) -> None:
    writer, changes = SPELLINGS[label]
    table = other = traffic(3, SPELLED)
    for column, word in changes:
        other = reworded(other, column, word)
    # Half of the traffic in each spelling: it must meet in the history.
    mixed = [r if i % 2 else o for i, (r, o) in enumerate(both(table, other))]
    respelled = WRITERS[writer](pa.Table.from_pylist(mixed, schema=table.schema))
    assert documents(respelled) == as_it_was(writer)


def both(table: pa.Table, other: pa.Table) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return list(zip(table.to_pylist(), other.to_pylist(), strict=True))


def test_u_labels_do_not_matter() -> None:
    def renamed(to: str) -> bytes:
        table = traffic(3, ("classic", "cdn-own-network"))
        for column in ("name", "answers"):
            table = reworded(table, column, lambda text: text.replace("pharma-deals24", to))
            table = reworded(table, column, lambda text: text.replace("cloudfront-like", to))
        return csv_table(table)

    assert documents(renamed("Dëals")) == documents(renamed("xn--dals-lpa"))


@pytest.mark.parametrize("kind", ["classic", "volunteer-pool"])
def test_a_busy_sensor_changes_no_refresh_and_no_verdict(kind: str) -> None:
    """One of two resolvers has every response twice, as a log of both directions would."""
    scenario = SCENARIOS[kind]
    table = scenario.table(duration_s=6 * 3_600, sensors=["10.0.0.53", "10.0.1.53"])
    busy = [r for r in table.to_pylist() if r["sensor"] == "10.0.0.53" for r in (r, r)]
    rest = [r for r in table.to_pylist() if r["sensor"] != "10.0.0.53"]
    doubled = pa.Table.from_pylist(busy + rest, schema=table.schema).sort_by("time")
    plain, twice = (
        {(d["name"], d["entity"]): d for d in map(orjson.loads, documents(text).splitlines())}
        for text in (csv_table(table), csv_table(doubled))
    )
    assert plain.keys() == twice.keys()
    for key, one in plain.items():
        other = twice[key]
        assert (one["verdict"], one["finding"]) == (other["verdict"], other["finding"])
        for measure in ("refreshes", "new_rate", "addresses", "set_size", "change_interval_s"):
            assert one["measures"][measure] == other["measures"][measure]


def test_plain_and_json_and_csv_of_one_traffic_find_the_same() -> None:
    table = traffic(3, ("classic", "balancer"))
    found = set()
    for writer in ("zeek-tsv", "zeek-json", "csv"):
        lines = [orjson.loads(line) for line in documents(WRITERS[writer](table)).splitlines()]
        found.add(tuple((d["name"], d["verdict"], d["flux"]) for d in lines))
    assert len(found) == 1


def test_the_sensor_that_is_named_joins_all() -> None:
    content = zeek_tsv(traffic(3, ("classic",)))
    one = documents(content, options=replace(WIDE, read=replace(WIDE.read, sensor="tap")))
    measures = orjson.loads(one.splitlines()[0])["measures"]
    assert measures["sensors"] == 1
