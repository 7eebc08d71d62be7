"""Tables as text between delimiters (CSV, TSV and the like), with a header line."""

from __future__ import annotations

import csv as plain_csv
from collections.abc import Iterator, Sequence

import pyarrow as pa
from pyarrow import csv

from fluxhound.errors import ConfigurationError
from fluxhound.sources.cells import judge, observed
from fluxhound.sources.engine import Engine
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.mapping import MAX_COLUMNS, mapped
from fluxhound.sources.ndjson import BYTE_ORDER_MARK
from fluxhound.sources.outcome import settled
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import SAMPLES_PER_REASON, Tally

DELIMITERS = ",\t;|"
PARSE_BLOCK = 2 << 20
NULLS = ["", "-", "NULL", "null", "None", "NA", "N/A", "\\N"]
BAD_ROW = "wrong number of columns"


def header(line: bytes) -> tuple[str, list[str]]:
    """Return the delimiter and the column names of a header line."""
    text = line.removeprefix(BYTE_ORDER_MARK).decode("utf-8", "replace").rstrip("\r\n")
    text = text.removeprefix("#")
    delimiter = max(DELIMITERS, key=text.count)
    if delimiter not in text:
        return delimiter, [text.strip().strip('"')]
    try:
        names = next(plain_csv.reader([text], delimiter=delimiter), [])
    except plain_csv.Error:
        names = text.split(delimiter)
    return delimiter, [name.strip() for name in names]


def read(stream: Stream, tally: Tally, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """Yield the observations of a delimited table."""
    blocks = stream.lines(tally)
    first = next(blocks, b"")
    if not first:
        return
    line, _, rest = first.partition(b"\n")
    delimiter, names = header(line)
    if len(names) > MAX_COLUMNS:
        raise ConfigurationError(f"{stream.name}: a table of {len(names)} columns is not read.")
    columns = mapped(names, options.columns)
    yield from observed(
        _judged(_joined(rest, blocks), delimiter, names, columns, tally, options),
        columns,
        tally,
        options,
    )


def _joined(first: bytes, blocks: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from blocks


def _judged(
    blocks: Iterator[bytes],
    delimiter: str,
    names: Sequence[str],
    columns: dict[str, str],
    tally: Tally,
    options: ReadOptions,
) -> Iterator[pa.Table]:
    engine = Engine.here()
    unique = [name if name not in names[:i] else f"{name}#{i}" for i, name in enumerate(names)]
    # The engine compares names without case: ours are safe as identifiers.
    places = {ours: f"c{i}" for i, ours in enumerate(columns)}
    sql = "WITH nothing AS (SELECT 1)" + judge(places, "rows", options)
    for block in blocks:
        for table in _parsed(block, delimiter, unique, list(columns.values()), tally):
            tally.records += table.num_rows
            if table.num_rows:
                rows = table.rename_columns(list(places.values()))
                yield settled(engine.select(sql, rows=rows), tally)


class Refused:
    """Counts the rows with a wrong number of cells, and keeps a few."""

    def __init__(self) -> None:
        self.count = 0
        self.samples: list[str] = []

    def __call__(self, row: csv.InvalidRow) -> str:
        """Take in one row."""
        self.count += 1
        if len(self.samples) < SAMPLES_PER_REASON:
            self.samples.append(row.text[:512])
        return "skip"


def _parsed(
    block: bytes, delimiter: str, names: Sequence[str], wanted: Sequence[str], tally: Tally
) -> Iterator[pa.Table]:
    """Parse *block*; where it cannot be, parse its halves, down to the line at fault."""
    refused = Refused()
    text = block if _is_utf8(block) else block.decode("utf-8", "backslashreplace").encode()
    if not text.strip():
        return
    try:
        table = csv.read_csv(
            pa.BufferReader(text),
            read_options=csv.ReadOptions(column_names=names, block_size=PARSE_BLOCK),
            parse_options=csv.ParseOptions(delimiter=delimiter, invalid_row_handler=refused),
            convert_options=csv.ConvertOptions(
                include_columns=list(wanted),
                column_types=dict.fromkeys(wanted, pa.string()),
                null_values=NULLS,
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid:
        yield from _halves(block, delimiter, names, wanted, tally)
        return
    tally.records += refused.count
    for sample in refused.samples:
        tally.reject(BAD_ROW, sample)
    tally.reject(BAD_ROW, count=refused.count - len(refused.samples))
    yield table


def _halves(
    block: bytes, delimiter: str, names: Sequence[str], wanted: Sequence[str], tally: Tally
) -> Iterator[pa.Table]:
    middle = block.find(b"\n", len(block) // 2) + 1
    if not 0 < middle < len(block):
        middle = block.rfind(b"\n", 0, len(block) // 2) + 1
    if not 0 < middle < len(block):
        tally.records += 1
        tally.reject("row not readable", block[:512])
        return
    yield from _parsed(block[:middle], delimiter, names, wanted, tally)
    yield from _parsed(block[middle:], delimiter, names, wanted, tally)


def _is_utf8(block: bytes) -> bool:
    if block.isascii():
        return True
    try:
        block.decode()
    except UnicodeDecodeError:
        return False
    return True
