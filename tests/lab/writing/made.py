"""Little batches of observations, and reading what was written of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from fluxhound.lab.writing.formats import Scene, format_named
from fluxhound.lab.writing.recording import Recording, record
from fluxhound.records import KEPT_COLUMN, OBSERVATION
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.sniff import recognise
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally

Row = dict[str, Any]

START = 1_793_577_600.0  # 2026-11-02 00:00 UTC
CLIENT, RESOLVER = "10.0.1.7", "10.0.0.53"


def row(**given: Any) -> Row:
    """Return one row, in full, with what is not *given* filled in."""
    usual = {"time": START, "name": "a.example", "type": "A", "answers": "192.0.2.1", "ttl": 300}
    places = {"client": CLIENT, "sensor": RESOLVER, "time_last": None, "count": None}
    return {**usual, **places, **given}


def batch(rows: Iterable[Row]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(list(rows), schema=OBSERVATION)


def response(time: float, **given: Any) -> list[Row]:
    """Return an answer with its delegation and the addresses of its servers."""
    at = {"time": time, **given}
    return [
        row(**at, name="www.shop.example", answers="edge.cdn.example,192.0.2.1,198.51.100.7"),
        row(**at, name="shop.example", type="NS", answers="ns1.shop.example,ns2.shop.example"),
        row(**at, name="ns1.shop.example", answers="203.0.113.1", ttl=3600),
        row(**at, name="ns2.shop.example", type="AAAA", answers="2001:db8::53", ttl=3600),
    ]


TRAFFIC: tuple[Row, ...] = (
    *response(START + 0.25),
    row(time=START + 1.5, name="six.example", type="AAAA", answers="2001:db8::1,2001:db8::2"),
    row(time=START + 1.5, name="six.example", type="A", answers="192.0.2.9"),
    row(time=START + 2.0, name="zone.example", type="NS", answers="ns.zone.example", ttl=86400),
    *response(START + 3.125, client="10.0.1.8"),
    row(time=START + 4.0, name="b.example", answers="c.example,d.example,192.0.2.77", ttl=0),
)


def write(
    rows: Sequence[Row], path: Path, form: str, *, above: bool = False, aggregated: bool = False
) -> Recording:
    scene = Scene(above=above, aggregated=aggregated)
    return record([batch(rows)], path, form=format_named(form), scene=scene)


def read(path: Path) -> list[Row]:
    """Read *path* with the reader that knows it by its content; nothing may be bad."""
    tally, rows = Tally(), []
    with path.open("rb", buffering=0) as raw:
        stream = Stream(raw, name=path.name, path=path)
        try:
            for found in recognise(stream.head, path.name).read(stream, tally, ReadOptions()):
                if KEPT_COLUMN in found.schema.names:
                    found = found.filter(found.column(KEPT_COLUMN))  # noqa: PLW2901 - a view
                rows += found.to_pylist()
        finally:
            stream.close()
    assert not tally.bad
    return rows


def compared(rows: Iterable[Row], *columns: str) -> list[tuple[Any, ...]]:
    """Return the *columns* of rows, times in whole microseconds, in an order of their own."""
    found = []
    for each in rows:
        values = [each.get(column) for column in columns]
        found.append(tuple(round(v * 1e6) if isinstance(v, float) else v for v in values))
    return sorted(found, key=repr)


def answers_only(rows: Iterable[Row]) -> list[Row]:
    """Return the rows of ``TRAFFIC`` that stand in an answer section."""
    return [each for each in rows if not _beside(each)]


def _beside(each: Row) -> bool:
    return each["name"] in {"shop.example", "ns1.shop.example", "ns2.shop.example"}


LABEL = st.from_regex(r"[a-z0-9]([a-z0-9_-]{0,10}[a-z0-9])?", fullmatch=True)
NAME = st.builds(
    lambda labels, top: ".".join([*labels, top]),
    st.lists(LABEL, min_size=1, max_size=4),
    st.sampled_from(["com", "example", "co.uk", "xn--p1ai"]),
)
_FOUR = st.ip_addresses(v=4).map(str)
_SIX = st.ip_addresses(network="2000::/3").map(str)  # mapped IPv4 has two spellings


@st.composite
def _answer(draw: st.DrawFn) -> Row:
    kind = draw(st.sampled_from(["A", "AAAA", "NS"]))
    if kind == "NS":
        values = draw(st.lists(NAME, min_size=1, max_size=4, unique=True))
    else:
        address = _FOUR if kind == "A" else _SIX
        chain = draw(st.lists(NAME, max_size=3, unique=True))
        values = [*chain, *draw(st.lists(address, min_size=1, max_size=6, unique=True))]
    name = draw(NAME.filter(lambda each: each not in values))
    ttl = draw(st.integers(0, 2**31 - 1))
    return {"name": name, "type": kind, "answers": ",".join(values), "ttl": ttl}


@st.composite
def traffic(draw: st.DrawFn) -> list[Row]:
    """Draw rows in order of time, each a response of its own."""
    answers = draw(st.lists(_answer(), min_size=1, max_size=8))
    steps = draw(st.lists(st.integers(1, 10**9), min_size=len(answers), max_size=len(answers)))
    clients = st.integers(1, 250).map(lambda host: f"10.9.0.{host}")
    micros, rows = int(START) * 10**6, []
    for answer, step in zip(answers, steps, strict=True):
        micros += step
        rows.append(row(**answer, time=micros / 1e6, client=draw(clients)))
    return rows
