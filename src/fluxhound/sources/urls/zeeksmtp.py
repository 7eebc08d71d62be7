"""Zeek smtp.log: who was sent mail with which URLs, and from which domain.

Zeek itself logs no URLs of mail; scripts that do put them into a column ``urls`` or ``links``. The
domain of the sender (``mailfrom``) is a row of its own, with the URL "mailto:@domain".
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from fluxhound.sources import ndjson, zeektable
from fluxhound.sources.engine import Engine
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.outcome import BAD_TIME
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally
from fluxhound.sources.urls.link import HOST, NO_HOST, PLAIN, URL_CHARACTERS, links

_TEXTS = ("ts", "mailfrom", "rcptto", "urls", "links")
#: Recipients and URLs of one mail that are taken. Chosen, not measured.
MOST_RECIPIENTS, MOST_URLS = 500, 50
_JUDGE = f"""
, told AS (
  SELECT *, seconds(ts) AS time, mailfrom AS name,
         list_filter(string_split(lower(rcptto), ','), lambda r: contains(r, '@'))
           [:{MOST_RECIPIENTS}] AS recipients,
         list_concat(string_split(coalesce(urls, links, ''), ',')[:{MOST_URLS}],
           [concat('mailto:@', regexp_extract(lower(mailfrom), '@([^@>\\s]+)', 1))]) AS whole
  FROM objects
)
SELECT time, recipients, whole, {ndjson.SAMPLE} AS sample,
       CASE WHEN NOT in_time(time) THEN '{BAD_TIME}'
            WHEN coalesce(len(recipients), 0) = 0 THEN 'no recipient'
       END AS reason
FROM told"""
_APART = f"""
WITH one AS (
  SELECT time, unnest(recipients) AS recipient, whole FROM mails
), each AS (
  SELECT time, trim(recipient, ' <>') AS recipient, unnest(whole) AS whole FROM one
), plain AS (
  SELECT *, CASE WHEN starts_with(whole, 'mailto:@') THEN left(whole, {URL_CHARACTERS}) ELSE
              {PLAIN.format("trim(whole)")} END AS url,
         CASE WHEN starts_with(whole, 'mailto:@') THEN whole[9:] ELSE
              {HOST.format(PLAIN.format("trim(whole)"))} END AS host
  FROM each
)
SELECT time, NULL::VARCHAR AS client, recipient, host, url FROM plain WHERE host <> ''"""


def read(stream: Stream, tally: Tally, options: ReadOptions) -> Iterator[pa.RecordBatch]:  # noqa: ARG001 - the signature of readers
    """Yield what recipients were sent, of a Zeek smtp.log."""
    engine = Engine.here()
    found = zeektable.tables(stream, tally, engine, path="smtp", wanted=_TEXTS, judge=_JUDGE)
    for mails in found:
        if mails.num_rows:
            rows = engine.select(_APART, mails=mails)
            if not rows.num_rows:
                tally.pass_over(NO_HOST, mails.num_rows)
            yield from links(rows, tally)


FORMAT = Format(
    name="zeek-smtp",
    title="Zeek smtp.log",
    matches=lambda head: zeektable.is_zeek(head, "smtp"),
    read=read,
)
