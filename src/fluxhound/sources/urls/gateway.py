"""URL lists of mail gateways: CSV with a header, or text with one URL on each line.

In CSV the columns are found by their usual names. In text the first URL of a line counts, and the
first mail address as its recipient. Defanged URLs (hxxp, [.]) are read as well.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from fluxhound.sources import delimited, ndjson, texttable
from fluxhound.sources.engine import Engine, in_chunks
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.outcome import settled
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally
from fluxhound.sources.urls.link import HOST, NO_HOST, PLAIN, TEXT_CHARACTERS, links

#: Ours -> usual names, in lower case and without blanks and underscores.
NAMES = {
    "time": ("time", "timestamp", "date", "datetime", "received", "receivedtime", "timereceived"),
    "recipient": ("recipient", "recipients", "to", "rcpt", "rcptto", "recipientaddress",
                  "recipientemailaddress", "user", "mailto", "recipientemail"),
    "client": ("client", "clientip", "srcip", "sourceip", "ipaddress"),
    "url": ("url", "link", "uri", "clickedurl", "originalurl", "urls"),
}  # fmt: skip
_HEADER_BYTES = 4096
_JUDGE = f"""
WITH plain AS (
  SELECT *, {PLAIN.format("trim(url)")} AS whole FROM cells
)
SELECT CASE WHEN in_time(seconds("time")) THEN seconds("time") END AS time, client,
       nullif(lower(trim(regexp_extract(recipient, '[^\\s<>,;"]+@[^\\s<>,;"]+'))), '') AS recipient,
       {HOST.format("whole")} AS host, whole AS url, NULL::VARCHAR AS sample,
       CASE WHEN NOT coalesce(contains({HOST.format("whole")}, '.'), false) THEN '{NO_HOST}'
       END AS reason
FROM plain"""
_LINES = f"""
SELECT NULL::VARCHAR AS "time", NULL::VARCHAR AS client, _line AS recipient,
       regexp_extract(left(_line, {TEXT_CHARACTERS}), '[hH][tTxX]{{2}}[pP][sS]?://[^\\s"<>]+')
         AS url
FROM lines"""


def _named(line: bytes) -> tuple[str, list[str]]:
    """Return the delimiter of a header *line* and its columns, with our names for ours."""
    delimiter, names = delimited.header(line)
    plain = ["".join(c for c in name.lower() if c.isalnum()) for name in names]
    ours = {
        found: each
        for each, usual in NAMES.items()
        if (found := next((name for name in usual if name in plain), None))
    }
    return delimiter, [ours.get(name, f"_{at}") for at, name in enumerate(plain)]


def matches_csv(head: bytes) -> bool:
    """Tell a table by a header with a column of URLs and another of ours."""
    line = head.partition(b"\n")[0]
    if len(line) > _HEADER_BYTES or b"://" in line:
        return False
    return len({"url", "recipient", "client", "time"} & set(_named(line)[1])) > 1 and (
        "url" in _named(line)[1]
    )


def matches_text(head: bytes) -> bool:
    """Tell text by a URL in it."""
    return b"\0" not in head and b"://" in head and not head.lstrip().startswith((b"{", b"<"))


def read_csv(stream: Stream, tally: Tally, options: ReadOptions) -> Iterator[pa.RecordBatch]:  # noqa: ARG001 - the signature of readers
    """Yield the URLs of a table."""
    blocks = stream.lines(tally)
    line, _, rest = next(blocks, b"").partition(b"\n")
    delimiter, names = _named(line)
    engine = Engine.here()
    for block in _joined(rest, blocks):
        found = texttable.columns(
            block, tally, names=names, wanted=list(NAMES), delimiter=delimiter,
            nulls=delimited.NULLS, quoted=True,
        )  # fmt: skip
        for cells in found:
            yield from links(settled(engine.select(_JUDGE, cells=cells), tally), tally)


def _joined(first: bytes, blocks: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from blocks


def read_text(stream: Stream, tally: Tally, options: ReadOptions) -> Iterator[pa.RecordBatch]:  # noqa: ARG001 - the signature of readers
    """Yield the URLs of lines of text."""
    engine = Engine.here()
    for block in stream.lines(tally):
        lines = ndjson.line_array(block, tally)
        for at in range(0, len(lines), ndjson.QUERY_LINES):
            part = lines.slice(at, ndjson.QUERY_LINES)
            tally.records += len(part)
            cells = engine.select(_LINES, lines=pa.table({"_line": in_chunks(part)}))
            yield from links(settled(engine.select(_JUDGE, cells=cells), tally), tally)


CSV = Format(name="url-csv", title="table of URLs (CSV)", matches=matches_csv, read=read_csv)
TEXT = Format(name="url-text", title="text with URLs", matches=matches_text, read=read_text)
