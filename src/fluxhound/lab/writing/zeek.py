"""Zeek's dns.log, tab-separated and as JSON lines: the answer section of each response.

Format: https://docs.zeek.org/en/master/log-formats.html. Delegations and their addresses are not
in it, as in a real one.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.lab.dice import U64, key, mix
from fluxhound.lab.writing.answers import take_apart
from fluxhound.lab.writing.columns import (
    Ints,
    decimal_seconds,
    fixed,
    joined,
    json_text,
    numbers,
    repeated,
)
from fluxhound.lab.writing.endpoints import exchange
from fluxhound.lab.writing.responses import Responses

_FIELDS = {
    "ts": "time",
    "uid": "string",
    "id.orig_h": "addr",
    "id.orig_p": "port",
    "id.resp_h": "addr",
    "id.resp_p": "port",
    "proto": "enum",
    "trans_id": "count",
    "rtt": "interval",
    "query": "string",
    "qclass": "count",
    "qclass_name": "string",
    "qtype": "count",
    "qtype_name": "string",
    "rcode": "count",
    "rcode_name": "string",
    "AA": "bool",
    "TC": "bool",
    "RD": "bool",
    "RA": "bool",
    "Z": "count",
    "answers": "vector[string]",
    "TTLs": "vector[interval]",
    "rejected": "bool",
}
HEAD = (
    (
        "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n"
        "#fields\t{}\n#types\t{}\n"
    )
    .format("\t".join(_FIELDS), "\t".join(_FIELDS.values()))
    .encode()
)

#: Type in a row -> number (IANA DNS parameters).
NUMBERS = {"A": "1", "NS": "2", "AAAA": "28"}
#: Seconds from question to answer. Chosen, not measured; no reader uses it.
_RTT = "0.012000"
_BASE62 = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", np.uint8)
_UID_DIGITS = 17
_DIGITS_OF_64_BITS = 10  # of base 62, all of which are used
_UID = key("uid")


def tsv(given: Responses, *, above: bool) -> pa.StringArray:
    """Return the lines of a tab-separated log."""
    rows = given.answers
    parties = exchange(rows, above=above)
    ttl = pc.fill_null(joined(numbers_or_null(rows.column("ttl")), ".000000"), "-")
    return joined(
        *(decimal_seconds(rows.column("time").to_numpy()), "\t", uids(parties.draw), "\t"),
        *(parties.asker, "\t", numbers(parties.port), "\t", parties.responder, "\t53\tudp\t"),
        *(numbers(parties.transaction), f"\t{_RTT}\t", rows.column("name"), "\t1\tC_INTERNET\t"),
        *(words(rows.column("type"), "{number}\t{type}\t0\tNOERROR\t"), _flags(above, "\t")),
        *("\t0\t", rows.column("answers"), "\t", repeated(ttl, _counts(rows), ","), "\tF\n"),
    )


def json_lines(given: Responses, *, above: bool) -> pa.StringArray:
    """Return the lines of a log in Zeek's JSON form."""
    rows = given.answers
    parties = exchange(rows, above=above)
    return joined(
        *('{"ts":', decimal_seconds(rows.column("time").to_numpy())),
        *(',"uid":"', uids(parties.draw), '","id.orig_h":"', parties.asker),
        *('","id.orig_p":', numbers(parties.port), ',"id.resp_h":"', parties.responder),
        *('","id.resp_p":53,"proto":"udp","trans_id":', numbers(parties.transaction)),
        *(f',"rtt":{_RTT},"query":"', json_text(rows.column("name"))),
        words(
            rows.column("type"),
            '","qclass":1,"qclass_name":"C_INTERNET","qtype":{number},"qtype_name":"{type}"'
            ',"rcode":0,"rcode_name":"NOERROR"',
        ),
        *(_json_flags(above), ',"Z":0,"answers":["'),
        *(pc.replace_substring(json_text(rows.column("answers")), ",", '","'), '"]'),
        *(_json_ttls(rows), ',"rejected":false}\n'),
    )


def words(types: pa.StringArray, template: str) -> pa.StringArray:
    """Return *template* for each row, with the ``{number}`` and ``{type}`` of its record type."""
    encoded = types.dictionary_encode()
    texts = [
        template.replace("{number}", NUMBERS[kind]).replace("{type}", kind)
        for kind in encoded.dictionary.to_pylist()
    ]
    return pa.array(texts, pa.string()).take(encoded.indices)


def numbers_or_null(column: pa.Array) -> pa.StringArray:
    """Return whole numbers as text; null stays null."""
    return column.cast(pa.string())


def uids(draw: U64) -> pa.StringArray:
    """Return one connection identifier for each response."""
    characters = np.empty((len(draw), 1 + _UID_DIGITS), np.uint8)
    characters[:, 0] = ord("C")
    for digit in range(_UID_DIGITS):
        if digit % _DIGITS_OF_64_BITS == 0:
            rest = mix(draw, _UID + digit)
        rest, low = np.divmod(rest, np.uint64(len(_BASE62)))
        characters[:, 1 + digit] = _BASE62[low.astype(np.intp)]
    return fixed(characters)


def _counts(rows: pa.RecordBatch) -> Ints:
    return take_apart(rows).counts


def _flags(above: bool, separator: str) -> str:
    """Return AA, TC, RD and RA: a name server's answer above a resolver, else the resolver's."""
    return separator.join("TFFF" if above else "FFTT")


def _json_flags(above: bool) -> str:
    values = zip(("AA", "TC", "RD", "RA"), _flags(above, ""), strict=True)
    return "".join(f',"{name}":{"true" if value == "T" else "false"}' for name, value in values)


def _json_ttls(rows: pa.RecordBatch) -> pa.StringArray:
    ttl = joined(numbers_or_null(rows.column("ttl")), ".0")
    return pc.fill_null(joined(',"TTLs":[', repeated(ttl, _counts(rows), ","), "]"), "")
