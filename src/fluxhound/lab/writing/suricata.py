"""Suricata's EVE, version 2, detailed: one answer event for each response.

Version 2 shows the answer and the authority section; the addresses of name servers (glue) are not
in it. Format: https://docs.suricata.io/en/latest/output/eve/eve-json-format.html#event-type-dns
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.lab.dice import key, mix
from fluxhound.lab.writing.answers import take_apart
from fluxhound.lab.writing.columns import (
    Ints,
    calendar_times,
    grouped,
    joined,
    json_text,
    numbers,
)
from fluxhound.lab.writing.endpoints import exchange
from fluxhound.lab.writing.responses import AUTHORITY, Responses

_FLOW = key("flow")
_FLOW_BITS = np.uint64(14)  # what is left is as large as the numbers that Suricata writes


def lines(given: Responses, *, above: bool) -> pa.StringArray:
    """Return one line for each response."""
    rows = given.answers
    parties = exchange(rows, above=above)
    name = json_text(rows.column("name"))
    flags = '"flags":"8400","qr":true,"aa":true' if above else '"flags":"8180","qr":true'
    rights = "" if above else ',"rd":true,"ra":true'
    return joined(
        *('{"timestamp":"', calendar_times(rows.column("time").to_numpy()), '","flow_id":'),
        *(numbers(mix(parties.draw, _FLOW) >> _FLOW_BITS), ',"event_type":"dns","src_ip":"'),
        *(parties.asker, '","src_port":', numbers(parties.port), ',"dest_ip":"'),
        *(parties.responder, '","dest_port":53,"proto":"UDP","dns":{"version":2,'),
        *('"type":"answer","id":', numbers(parties.transaction), f",{flags}{rights}"),
        *(',"opcode":0,"rcode":"NOERROR","rrname":"', name, '","rrtype":"', rows.column("type")),
        *('","answers":[', grouped(*_records(rows), ","), "]"),
        *(_authorities(given), "}}\n"),
    )


def _records(rows: pa.RecordBatch) -> tuple[pa.StringArray, Ints]:
    """Return every record of *rows* as an object, and how many each row has."""
    answers = take_apart(rows)
    ttl = pc.fill_null(joined(',"ttl":', rows.column("ttl").cast(pa.string())), "")
    middle = joined('","rrtype":"', rows.column("type"), '"', ttl, ',"rdata":"')
    which = answers.row
    if answers.alias.any():
        alias = joined('","rrtype":"CNAME"', ttl, ',"rdata":"')
        middle = pa.concat_arrays([middle, alias])
        which = which + answers.alias * rows.num_rows
    objects = joined(
        *('{"rrname":"', json_text(answers.owner_names(rows.column("name")))),
        *(middle.take(pa.array(which)), json_text(answers.values), '"}'),
    )
    return objects, answers.counts


def _authorities(given: Responses) -> pa.StringArray | str:
    """Return the authority section of each response; nothing where it has none."""
    held = given.section == AUTHORITY
    if not held.any():
        return ""
    rows = given.rows.filter(pa.array(held))
    objects, of_row = _records(rows)
    counts = np.bincount(given.number[held], of_row, minlength=given.count).astype(np.int64)
    section = joined(',"authorities":[', grouped(objects, counts, ","), "]")
    return pc.if_else(pa.array(counts > 0), section, "")
