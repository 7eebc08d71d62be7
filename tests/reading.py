"""How tests of the text readers read bytes and files."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fluxhound.errors import FluxhoundError
from fluxhound.records import KEPT_COLUMN, OBSERVATION
from fluxhound.sources import dnsmasq, passivedns, querylog, route53, suricata, table, zeekjson
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally

TESTS = Path(__file__).parent
LOGS = TESTS / "logs"
FORMATS = tuple(
    module.FORMAT for module in (zeekjson, suricata, passivedns, route53, table, dnsmasq, querylog)
)

Row = dict[str, Any]


def read(
    form: Format, content: bytes, options: ReadOptions | None = None, path: Path | None = None
) -> tuple[list[Row], Tally]:
    """Read *content* and return its rows, in order of time, with the tally."""
    tally = Tally()
    stream = Stream(io.BytesIO(content), name="input", path=path)
    rows: list[Row] = []
    try:
        for batch in form.read(stream, tally, options or ReadOptions()):
            if KEPT_COLUMN in batch.schema.names:
                marks = batch.column(KEPT_COLUMN)
                batch = batch.drop_columns([KEPT_COLUMN]).filter(marks)  # noqa: PLW2901 - a view
            assert set(batch.schema.names) <= set(OBSERVATION.names)
            for field in batch.schema:
                assert field.type == OBSERVATION.field(field.name).type
            batch.validate(full=True)
            rows += batch.to_pylist()
    finally:
        stream.close()
    assert len(rows) == tally.observations
    accounted = sum(tally.passed_over.values()) + sum(tally.bad.values())
    assert accounted <= tally.records + tally.observations
    return sorted(rows, key=lambda row: (row["time"], row["name"], row["type"])), tally


def read_log(
    form: Format, path: str, options: ReadOptions | None = None
) -> tuple[list[Row], Tally]:
    """Read a file below tests/logs."""
    return read(form, (LOGS / path).read_bytes(), options, LOGS / path)


def survives(form: Format, content: bytes) -> None:
    """Read hostile *content*: it may end in rows or in a sentence, nothing else."""
    form.matches(content[: 64 << 10])
    try:
        read(form, content)
    except FluxhoundError as error:
        told = str(error)
    else:
        told = "rows"
    assert told


def brief(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what most tests compare."""
    return row["name"], row["type"], row["answers"], row.get("ttl")


def files_below(folder: Path, limit: int = 1 << 20) -> Iterator[Path]:
    """Yield every file, the large ones left out."""
    yield from (p for p in sorted(folder.rglob("*")) if p.is_file() and p.stat().st_size < limit)
