"""Passive DNS in the Common Output Format: one line for each RRset, and for each CNAME on the way.

Format: draft-dulaunoy-dnsop-passive-dns-cof, section 3. Times are whole seconds; there is no TTL.
The addresses behind a chain of names belong to the last name, as they do in such databases.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.lab.writing.answers import Answers, take_apart
from fluxhound.lab.writing.columns import grouped, joined, json_text, numbers
from fluxhound.lab.writing.responses import Responses


def lines(given: Responses, *, above: bool) -> pa.StringArray:  # noqa: ARG001 - as the others
    """Return the lines of *given*; a row without a count stands for one response."""
    rows = given.rows
    answers = take_apart(rows)
    ends = _ends(rows)
    final = _final(rows, answers, ends)
    if not answers.alias.any():
        return final
    aliases = _aliases(rows, answers, ends)
    order = np.concatenate((answers.row[answers.alias] * 2, np.arange(rows.num_rows) * 2 + 1))
    both = pa.concat_arrays([aliases, final])
    return both.take(pa.array(np.argsort(order, kind="stable")))


def _ends(rows: pa.RecordBatch) -> pa.StringArray:
    """Return what each row's lines end with: times and count."""
    first = np.floor(rows.column("time").to_numpy()).astype(np.int64)
    last = pc.fill_null(pc.coalesce(rows.column("time_last"), rows.column("time")), 0.0)
    until = np.floor(last.to_numpy()).astype(np.int64)
    count = pc.fill_null(rows.column("count"), 1)
    sensor = joined(',"sensor_id":"', json_text(rows.column("sensor")), '"')
    return joined(
        *(',"time_first":', numbers(first), ',"time_last":', numbers(until)),
        *(',"count":', count.cast(pa.string()), pc.fill_null(sensor, ""), "}\n"),
    )


def _final(rows: pa.RecordBatch, answers: Answers, ends: pa.StringArray) -> pa.StringArray:
    """Return the line of each row's last RRset."""
    values = joined('"', json_text(answers.values), '"').filter(pa.array(~answers.alias))
    counts = answers.counts - answers.chain
    listed = grouped(values, counts, ",")
    rdata = pc.if_else(pa.array(counts == 1), listed, joined("[", listed, "]"))
    last = np.cumsum(answers.counts) - 1
    owner = answers.owner_names(rows.column("name")).take(pa.array(last))
    return joined(
        *('{"rrname":"', json_text(owner), '","rrtype":"', rows.column("type"), '","rdata":'),
        *(rdata, ends),
    )


def _aliases(rows: pa.RecordBatch, answers: Answers, ends: pa.StringArray) -> pa.StringArray:
    """Return the line of each CNAME."""
    aliases = pa.array(answers.alias)
    owner = answers.owner_names(rows.column("name")).filter(aliases)
    target = answers.values.filter(aliases)
    return joined(
        *('{"rrname":"', json_text(owner), '","rrtype":"CNAME","rdata":"', json_text(target), '"'),
        ends.take(pa.array(answers.row[answers.alias])),
    )
