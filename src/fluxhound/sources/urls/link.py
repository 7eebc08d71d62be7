"""What a reader of URLs yields: one row for each URL and client, or URL and recipient of mail."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from fluxhound.sources.tally import Tally

LINK = pa.schema(
    [
        # Seconds since 1970-01-01 UTC; null where the list has no times.
        pa.field("time", pa.float64()),
        # Who fetched it, as an address.
        pa.field("client", pa.string()),
        # Who was sent it: a mail address, lower case.
        pa.field("recipient", pa.string()),
        # Lower case, without port and user; as the source wrote it otherwise.
        pa.field("host", pa.string(), nullable=False),
        # Cut to ``URL_CHARACTERS``; without what may be a secret or name a
        # person: user, query, fragment, and "-" for a part of the path with a mail address.
        pa.field("url", pa.string(), nullable=False),
    ]
)
URL_CHARACTERS = 200
NO_HOST = "no URL"
#: Longest text that is searched for a URL. RFC 9110 asks for 8,000 octets to be supported.
TEXT_CHARACTERS = 8192

#: SQL: a URL without defanging, user, query, fragment and mail addresses. The engine's patterns
#: run in linear time.
PLAIN = rf"""left(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
    left({{0}}, {TEXT_CHARACTERS}), '^[hH][tTxX]{{{{2}}}}[pP]', 'http'),
    '\[\.\]|\(\.\)|\[dot\]', '.', 'g'), '[?#].*$', '', 's'), '://[^/@]*@', '://'),
    '[^/]*(?:@|%40)[^/]*', '-', 'g'), {URL_CHARACTERS})"""
#: SQL: the host of a URL in its plain form, with or without a scheme.
HOST = r"""lower(regexp_extract({0}, '^(?:[a-zA-Z][a-zA-Z0-9+.-]*://)?([^/:?#@\\\s]+)', 1))"""


def links(rows: pa.Table, tally: Tally) -> Iterator[pa.RecordBatch]:
    """Yield *rows* in the schema LINK and count them."""
    if rows.num_rows:
        tally.observations += rows.num_rows
        table = pa.table([rows.column(f.name).cast(f.type) for f in LINK], schema=LINK)
        yield from table.to_batches()
