"""The quick way through JSON lines gives the same as the thorough one, whatever the lines hold."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fluxhound.sources import quick
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.jsonblock import Block
from fluxhound.sources.jsonfit import Fit
from fluxhound.sources.tally import Tally
from tests.reading import LOGS
from tests.sources.quickly import WAYS, Object, both, cof, eve, record, zeek

ODD_TEXTS = [
    *(
        "",
        ".",
        "a b",
        "a,b",
        "x" * 1025,
        "é.example",
        "a\\x2cb",
        'q"q',
        "\x00",
        "\x7f",
        "[a",
        "a;b",
    ),
    *("192.0.2.1", "192.0.2.256", "1.2.3", "01.2.3.4", "1.2.3.4.5", "1..2.3", "999999.1.1.1"),
    *("2001:db8::1", "::", ":", "g::1", "12345678.example", "null", "true", "[]", "53"),
    *("10000000000.1.1.1", "RRSIG 5 example.com", "example.com.", "EXAMPLE.com", "127.0.0.1"),
]
ODD_NUMBERS = [0, 1, -1, 0.5, 1.5, 2.5, 1e300, 2**31, 9e15, 2**63, 2**64, 1795046400123, 1e17]
ODD: list[Any] = [
    *ODD_TEXTS,
    *ODD_NUMBERS,
    None,
    True,
    False,
    [],
    {},
    [None],
    ["a", 1],
    [1, 2],
    {"a": 1},
    [[]],
]

odd = st.sampled_from(ODD) | st.text(max_size=8) | st.floats() | st.integers()
texts = st.sampled_from(ODD_TEXTS) | st.text(max_size=12)
KEYS = {
    "zeek-json": [*zeek(), "_path", "id", "id_orig_h", "more"],
    "cof": [*cof(), "obj", "cond", "zone_time_first", "more"],
    "suricata": [*eve(), "more"],
}
DNS_KEYS = [*eve()["dns"], "aa", "ttl", "rdata", "grouped", "queries", "answers", "authorities"]


@st.composite
def zeek_lines(draw: st.DrawFn) -> Object:
    line = zeek(**draw(st.dictionaries(st.sampled_from(KEYS["zeek-json"]), odd, max_size=2)))
    if draw(st.booleans()):
        line["answers"] = draw(st.lists(texts, min_size=1, max_size=4))
    return line


@st.composite
def cof_lines(draw: st.DrawFn) -> Object:
    line = cof(**draw(st.dictionaries(st.sampled_from(KEYS["cof"]), odd, max_size=2)))
    line["rrtype"] = draw(st.sampled_from(["A", "AAAA", "NS", "ns", "CNAME", line["rrtype"]]))
    if draw(st.booleans()):
        line["rdata"] = draw(st.lists(texts, min_size=1, max_size=4) | texts)
    return line


owners = st.sampled_from(
    ["www.example.com", "WWW.example.com", "edge.example.net", "other.example"]
)
records = st.builds(
    record,
    texts | owners,
    rrname=owners | texts,
    rrtype=st.sampled_from(["A", "AAAA", "NS", "CNAME", "TXT", "a"]),
    ttl=st.sampled_from([0, 60, 300, 2**31, 2**40, 1.5]) | odd,
)


@st.composite
def eve_lines(draw: st.DrawFn) -> Object:
    answers = draw(st.lists(records, max_size=4))
    dns = draw(st.dictionaries(st.sampled_from(DNS_KEYS), odd, max_size=1))
    changes = draw(st.dictionaries(st.sampled_from(KEYS["suricata"]), odd, max_size=1))
    return {**eve(*answers, dns=dns), **changes}


LINES = {"zeek-json": zeek_lines(), "suricata": eve_lines(), "cof": cof_lines()}
SOUND = {
    "zeek-json": zeek(),
    "suricata": eve(record("edge.example.net"), record(rrname="edge.example.net")),
    "cof": cof(),
}


def written(objects: list[Object], sound: Object) -> bytes:
    """Write lines as programs do; sound ones stand behind, so that all others are eligible."""
    lines = [json.dumps(each, separators=(",", ":")) for each in [*objects, *[sound] * 4]]
    return ("\n".join(lines) + "\n").encode()


@pytest.mark.parametrize("name", WAYS)
@given(data=st.data())
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
def test_odd_values_give_the_same_either_way(name: str, data: st.DataObject) -> None:
    objects = data.draw(st.lists(LINES[name], max_size=40))
    quickly, thoroughly, _ = both(name, written(objects, SOUND[name]))
    assert quickly == thoroughly


@pytest.mark.parametrize("name", WAYS)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=8, deadline=None)
def test_broken_lines_give_the_same_either_way(name: str, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - of tests
    lines = written([SOUND[name]] * 8, SOUND[name]).splitlines()
    for at in range(8):
        lines[at] = broken(lines[at], chance)
    quickly, thoroughly, _ = both(name, b"\n".join(lines) + b"\n")
    assert quickly == thoroughly


def broken(line: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randrange(3)):
        at = chance.randrange(len(line))
        piece = chance.choice(
            [b'"', b",", b":", b"}", b"]", b"[", b"0", b"-", b"e", b".", b"\\", b""]
        )
        line = line[:at] + piece + line[at + chance.randrange(2) :]
    return line


@pytest.mark.parametrize(("name", "folder"), [(n, n) for n in WAYS])
def test_logs_of_programs(name: str, folder: str) -> None:
    for path in sorted((LOGS / folder).glob("*.json")):
        text = path.read_bytes().rstrip(b"\n") + b"\n"
        padding = json.dumps({"event_type": "x" * 600}).encode() + b"\n"
        quickly, thoroughly, _ = both(name, text + padding)
        assert quickly == thoroughly, path.name


def test_an_input_of_many_kinds_of_lines_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [json.dumps({**zeek(), f"k{at}": at}, separators=(",", ":")) for at in range(300)]
    text = ("\n".join(lines) + "\n").encode()
    form, thorough = WAYS["zeek-json"]
    looks = 0
    fits = quick.Templates.fits

    def counted(self: quick.Templates, block: Block) -> Iterator[Fit]:
        nonlocal looks
        looks += 1
        return fits(self, block)

    monkeypatch.setattr(quick.Templates, "fits", counted)
    monkeypatch.setattr(quick, "LEAST_BYTES", 0)
    tally = Tally()
    slow = partial(thorough, tally=tally, options=ReadOptions())
    for _ in quick.read([text] * 6, form, tally, ReadOptions(), slow):
        pass
    assert tally.records == tally.observations == 1800
    assert looks == quick.PATIENCE
