"""Lines of cells between delimiters to columns of text; a bad row costs no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
from pyarrow import csv

from fluxhound.sources.delimited import BAD_ROW, Refused
from fluxhound.sources.tally import Tally

#: The parser's own block; it must hold the longest line, and a line may grow when it is repaired.
PARSE_BLOCK = 5 << 20
UNREADABLE = "row not readable"


def columns(
    body: bytes,
    tally: Tally,
    *,
    names: Sequence[str],
    wanted: Sequence[str],
    delimiter: str,
    nulls: Sequence[str],
    quoted: bool,
) -> Iterator[pa.Table]:
    """Yield the *wanted* columns of *body* as text, and count its rows.

    *names* are those of the header, *wanted* ours, in the order of the result: those that the
    header lacks are null. Where the parser gives up, the halves are parsed, down to the line.
    """
    if not body.strip():
        return
    unique = [name if name not in names[:at] else f"{name}#{at}" for at, name in enumerate(names)]
    present = [name for name in wanted if name in unique]
    refused = Refused()
    text = body if body.isascii() else body.decode("utf-8", "backslashreplace").encode()
    try:
        table = csv.read_csv(
            pa.BufferReader(text),
            read_options=csv.ReadOptions(column_names=unique, block_size=PARSE_BLOCK),
            parse_options=csv.ParseOptions(
                delimiter=delimiter,
                quote_char='"' if quoted else False,
                double_quote=quoted,
                invalid_row_handler=refused,
            ),
            convert_options=csv.ConvertOptions(
                include_columns=present,
                column_types=dict.fromkeys(present, pa.string()),
                null_values=list(nulls),
                strings_can_be_null=True,
                quoted_strings_can_be_null=quoted,
            ),
        )
    except pa.ArrowInvalid:
        for half in _halves(body, tally):
            yield from columns(
                half, tally, names=names, wanted=wanted, delimiter=delimiter, nulls=nulls,
                quoted=quoted,
            )  # fmt: skip
        return
    tally.records += refused.count + table.num_rows
    for sample in refused.samples:
        tally.reject(BAD_ROW, sample)
    tally.reject(BAD_ROW, count=refused.count - len(refused.samples))
    if table.num_rows:
        yield _complete(table, wanted)


def _halves(body: bytes, tally: Tally) -> Iterator[bytes]:
    middle = body.find(b"\n", len(body) // 2) + 1
    if not 0 < middle < len(body):
        middle = body.rfind(b"\n", 0, len(body) // 2) + 1
    if 0 < middle < len(body):
        yield from (body[:middle], body[middle:])
    else:
        tally.records += 1
        tally.reject(UNREADABLE, body[:512])


def _complete(table: pa.Table, wanted: Sequence[str]) -> pa.Table:
    absent = pa.nulls(table.num_rows, pa.string())
    known = set(table.column_names)
    return pa.table({name: table.column(name) if name in known else absent for name in wanted})
