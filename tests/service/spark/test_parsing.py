from __future__ import annotations

import gzip
import io
import itertools
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fluxhound.history.store import Store
from fluxhound.service.intake import Intake
from fluxhound.service.spark import parsing
from fluxhound.service.spark.listing import Place, _kind
from fluxhound.service.spark.parsing import (
    ASKED,
    COUNTED,
    SCHEMA,
    Portion,
    ended_lines,
    look_up_domains,
    parse_files,
    parse_lines,
)
from fluxhound.sources.format import ReadOptions
from tests.service.drafts import traffic
from tests.writers import cof, csv_table, zeek_json, zeek_tsv

FEW = settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
BY_LINES = {"zeek": zeek_tsv, "zeek-json": zeek_json, "cof": cof}
HISTORY = """
SELECT hour, sensor, name, type, answers, min(first), max(last), sum(count)::BIGINT, max(ttl_max),
       min(ttl_min) FROM {} GROUP BY ALL ORDER BY ALL
"""
CLIENTS = "SELECT name, count(DISTINCT client) FROM {} GROUP BY name ORDER BY name"


def portion(head: bytes, name: str = "dns.log") -> Portion:
    kind = _kind(head, Place(name=name, path=name, length=len(head)), None)
    return Portion(
        number=0,
        name=name,
        format=kind.format.name,
        options=ReadOptions(),
        client_key=b"k" * 32,
        header=kind.header,
    )


def batches(lines: list[bytes]) -> list[pa.RecordBatch]:
    return [pa.record_batch({"value": pa.array(lines, pa.binary()).cast(pa.string())})]


def compacted(parts: list[pa.RecordBatch]) -> tuple[list[Any], list[Any], dict[Any, int]]:
    """Return history rows, who asked, and what was counted, merged."""
    rows = pa.Table.from_batches(parts, SCHEMA)
    with Store(None, threads=1) as store:
        store.connection.register("parsed", rows)
        history = f"(FROM parsed WHERE type NOT IN ('{ASKED}', '{COUNTED}'))"
        asked = f"(FROM parsed WHERE type = '{ASKED}')"
        counts = store.connection.execute(
            f"SELECT sensor, answers, sum(count)::BIGINT FROM parsed WHERE type = '{COUNTED}'"
            " AND sensor <> 'sample' GROUP BY ALL"
        ).fetchall()
        return (
            store.connection.execute(HISTORY.format(history)).fetchall(),
            store.connection.execute(CLIENTS.format(asked)).fetchall(),
            {(what, reason): n for what, reason, n in counts},
        )


def embedded(content: bytes) -> tuple[list[Any], list[Any], dict[Any, int]]:
    with Store(None, threads=1) as store:
        report = Intake(store, options=ReadOptions()).take(io.BytesIO(content))
        counts = {("records", ""): report.records, ("observations", ""): report.observations}
        counts |= {("passed over", reason): n for reason, n in report.passed_over.items()}
        counts |= {("bad", reason): n for reason, n in report.bad.items()}
        return (
            store.connection.execute(HISTORY.format("history")).fetchall(),
            store.connection.execute(CLIENTS.format("asked")).fetchall(),
            counts,
        )


@pytest.mark.parametrize("form", BY_LINES)
@given(cuts=st.lists(st.floats(0, 1), max_size=3))
@FEW
def test_any_parts_of_a_log_make_the_history_of_the_whole(form: str, cuts: list[float]) -> None:
    content = BY_LINES[form](traffic().slice(0, 800)) + b"{broken\n"
    lines = content.splitlines()
    places = sorted({0, len(lines), *(int(cut * len(lines)) for cut in cuts)})
    how = portion(content)
    read = parse_lines(how)
    parts = [
        batch
        for start, end in itertools.pairwise(places)
        for batch in read(batches(lines[start:end]))
    ]
    assert compacted(parts) == embedded(content)


@pytest.mark.parametrize("content", [zeek_tsv(traffic().slice(0, 900)), csv_table(traffic())])
def test_whole_files_are_read_as_ever(content: bytes) -> None:
    packed = gzip.compress(content)
    given = [pa.record_batch({"content": pa.array([packed], pa.binary())})]
    assert compacted(list(parse_files(portion(packed))(given))) == embedded(content)


def test_damage_is_told_and_what_came_before_counts() -> None:
    content = gzip.compress(zeek_tsv(traffic().slice(0, 900)))[:-400]
    given = [pa.record_batch({"content": pa.array([content], pa.binary())})]
    rows = pa.Table.from_batches(list(parse_files(portion(content))(given))).to_pylist()
    errors = [row["answers"] for row in rows if row["sensor"] == parsing.ERROR]
    assert "damaged" in errors[0]


def test_another_header_half_way_is_refused() -> None:
    lines = zeek_tsv(traffic().slice(0, 50)).splitlines()
    other = [b"#fields\tts\tuid\tquery" if line.startswith(b"#fields") else line for line in lines]
    read = parse_lines(portion(b"\n".join(lines) + b"\n"))
    rows = pa.Table.from_batches(list(read(batches([*lines, *lines])))).to_pylist()
    assert not [row for row in rows if row["sensor"] == parsing.ERROR]
    rows = pa.Table.from_batches(list(read(batches([*lines, *other])))).to_pylist()
    assert "columns change" in next(r["answers"] for r in rows if r["sensor"] == parsing.ERROR)
    assert {row["type"] for row in rows} == {COUNTED}


@given(st.lists(st.binary(max_size=20).map(lambda b: b.replace(b"\n", b"")), max_size=20))
def test_lines_are_joined_as_they_were(lines: list[bytes]) -> None:
    column = pa.array([b"x", *lines], pa.binary()).cast(pa.large_binary()).slice(1)
    assert ended_lines(column) == b"".join(line + b"\n" for line in lines)


def test_names_get_their_registered_domain() -> None:
    names = pa.record_batch({"owner": ["www.example.co.uk", "x.y.example"]})
    (found,) = look_up_domains([names])
    assert found.to_pydict() == {
        "owner": ["www.example.co.uk", "x.y.example"],
        "domain": ["example.co.uk", "y.example"],
    }
