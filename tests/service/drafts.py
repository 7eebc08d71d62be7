"""Logs for tests of the whole, and what is found in them."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pyarrow as pa

from fluxhound.records import OBSERVATION
from fluxhound.service.analysis import AnalysisOptions, analyze
from fluxhound.sharing.document import render_jsonl
from tests.scenarios import SCENARIOS, START
from tests.writers import zeek_tsv

KINDS = ("classic", "one-address", "volunteer-pool", "balancer", "wildcard", "ipv6")
HEADER_LINES = 8

#: Single thread: these logs are so small that threads only wait for each other.
WIDE = AnalysisOptions(wide=True, threads=1)


@functools.cache
def traffic(hours: float = 3, kinds: tuple[str, ...] = KINDS) -> pa.Table:
    """Return flux and look-alikes as one network would see them."""
    tables = [
        SCENARIOS[kind].table(seed=i, duration_s=hours * 3_600) for i, kind in enumerate(kinds)
    ]
    return pa.concat_tables(tables).sort_by("time")


@functools.cache
def zeek_lines(hours: float = 3) -> tuple[bytes, tuple[bytes, ...]]:
    """Return a Zeek log of ``traffic``: its header and its record lines."""
    lines = zeek_tsv(traffic(hours)).splitlines(keepends=True)
    records = tuple(line for line in lines if not line.startswith(b"#"))
    return b"".join(lines[:HEADER_LINES]), records


def log(records: Iterable[bytes], hours: float = 3) -> bytes:
    return zeek_lines(hours)[0] + b"".join(records)


def documents(*contents: bytes, options: AnalysisOptions = WIDE) -> bytes:
    """Return the document of every entity, as the machine contract has it."""
    with analyze([io.BytesIO(content) for content in contents], options=options) as analysis:
        return b"".join(render_jsonl(analysis.entities))


def reworded(table: pa.Table, column: str, word: Callable[[str], str]) -> pa.Table:
    """Return *table* with each value of *column* written otherwise."""
    at = table.schema.get_field_index(column)
    values = pa.array([word(value) for value in table.column(column).to_pylist()], pa.string())
    return table.set_column(at, OBSERVATION.field(column), values)


def rows(seed: int, count: int) -> pa.Table:
    """Return random answers of few names and many addresses."""
    rng = np.random.default_rng(seed)
    names = [f"{host}.{zone}" for host in ("a", "b", "www") for zone in ("x1.com", "y2.org")]
    made: list[dict[str, Any]] = []
    for number in range(count):
        chain = str(rng.choice(["", "", "edge.cdn9.net,"]))
        chosen = rng.choice(40, rng.integers(1, 5), replace=False).tolist()
        made.append(
            {
                "time": START + number * 97.5 + float(rng.random()),
                "name": str(rng.choice(names)),
                "type": "A",
                "answers": chain + ",".join(f"{a * 5 + 11}.{a * 3 + 1}.7.{a}" for a in chosen),
                "ttl": int(rng.choice([0, 60, 300, 3_600])),
                "client": f"10.1.0.{rng.integers(1, 10)}",
                "sensor": str(rng.choice(["10.0.0.53", "10.0.1.53"])),
            }
        )
    return pa.Table.from_pylist(made, schema=OBSERVATION)
