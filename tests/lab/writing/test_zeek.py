from __future__ import annotations

import orjson

from fluxhound.lab.writing.responses import responses
from fluxhound.lab.writing.zeek import HEAD, json_lines, tsv, uids, words
from tests.lab.writing.made import TRAFFIC, batch, row
from tests.writers import ZEEK_FIELDS


def test_the_log_is_as_zeek_writes_it() -> None:
    fields, types = HEAD.decode().splitlines()[-2:]
    assert fields.split("\t") == ["#fields", *ZEEK_FIELDS]
    assert types.split("\t") == ["#types", *ZEEK_FIELDS.values()]
    (line,) = tsv(responses(batch(TRAFFIC[:4])), above=False).to_pylist()
    cells = dict(zip(ZEEK_FIELDS, line.removesuffix("\n").split("\t"), strict=True))
    made_up = {name: cells.pop(name) for name in ("uid", "id.orig_p", "trans_id")}
    assert made_up["uid"][0] == "C"
    assert len(made_up["uid"]) == 18
    expected = (
        "1793577600.250000 10.0.1.7 10.0.0.53 53 udp 0.012000 www.shop.example 1 C_INTERNET 1 A 0"
        " NOERROR F F T T 0 edge.cdn.example,192.0.2.1,198.51.100.7"
        " 300.000000,300.000000,300.000000 F"
    )
    assert list(cells.values()) == expected.split()


def test_a_missing_ttl_is_unset() -> None:
    given = responses(batch([row(ttl=None)]))
    assert tsv(given, above=False)[0].as_py().endswith("\t192.0.2.1\t-\tF\n")
    assert "TTLs" not in orjson.loads(json_lines(given, above=False)[0].as_py())


def test_the_json_is_what_the_table_is() -> None:
    given = responses(batch([row(type="AAAA", name='a"\\044.example', answers="2001:db8::1")]))
    (line,) = json_lines(given, above=True).to_pylist()
    event = orjson.loads(line)
    assert list(event) == list(ZEEK_FIELDS)
    assert event["query"] == 'a"\\044.example'
    assert (event["answers"], event["TTLs"]) == (["2001:db8::1"], [300.0])
    assert (event["qtype"], event["qtype_name"]) == (28, "AAAA")
    assert [event[flag] for flag in ("AA", "TC", "RD", "RA")] == [True, False, False, False]


def test_words_and_identifiers() -> None:
    types = batch([row(), row(type="NS")]).column("type")
    assert words(types, "{number}-{type}").to_pylist() == ["1-A", "2-NS"]
    draw = responses(batch(TRAFFIC)).rows.column("time").to_numpy().view("u8")
    assert len(set(uids(draw).to_pylist())) == len(set(draw.tolist()))
