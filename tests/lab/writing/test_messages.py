from __future__ import annotations

import dns.flags
import dns.message
import numpy as np
import pytest
from hypothesis import given, settings

from fluxhound.lab.writing import messages as module
from fluxhound.lab.writing.messages import NOT_WRITABLE, TOO_LONG, Messages, messages
from fluxhound.lab.writing.responses import responses
from fluxhound.sources import rrsets, wire
from tests.lab.writing.made import START, Row, batch, response, row, traffic


def written(rows: list[Row], *, above: bool = False) -> Messages:
    given_ = responses(batch(rows))
    return messages(given_, np.arange(given_.count), above=above)


def test_another_library_reads_all_sections() -> None:
    (octets,) = written(response(START)).octets.to_pylist()
    message = dns.message.from_wire(octets)
    assert [str(question) for question in message.question] == ["www.shop.example. IN A"]
    assert [line for each in message.answer for line in str(each).splitlines()] == [
        "www.shop.example. 300 IN CNAME edge.cdn.example.",
        "edge.cdn.example. 300 IN A 192.0.2.1",
        "edge.cdn.example. 300 IN A 198.51.100.7",
    ]
    assert [str(each) for each in message.authority] == [
        "shop.example. 300 IN NS ns1.shop.example.\nshop.example. 300 IN NS ns2.shop.example."
    ]
    assert [str(each) for each in message.additional] == [
        "ns1.shop.example. 3600 IN A 203.0.113.1",
        "ns2.shop.example. 3600 IN AAAA 2001:db8::53",
    ]


@pytest.mark.parametrize(("above", "flags"), [(False, "QR RD RA"), (True, "QR AA")])
def test_flags_tell_who_answers(above: bool, flags: str) -> None:
    (octets,) = written([row()], above=above).octets.to_pylist()
    assert dns.flags.to_text(dns.message.from_wire(octets).flags) == flags


@settings(max_examples=40, deadline=None)
@given(traffic())
def test_every_message_holds_its_row(rows: list[Row]) -> None:
    found = written(rows)
    assert not found.left_out
    for number, (octets, expected) in enumerate(zip(found.octets.to_pylist(), rows, strict=True)):
        dns.message.from_wire(octets)  # another library finds no fault
        parsed = wire.parse(octets)
        assert not isinstance(parsed, str)
        assert parsed.id == number
        columns = ("name", "type", "answers", "ttl")
        assert rrsets.rows(parsed) == [tuple(expected[column] for column in columns)]


@pytest.mark.parametrize(
    "broken",
    [
        {"name": "a..example"},
        {"name": "a" * 64},
        {"answers": "b..example,192.0.2.1"},
        {"answers": "192.0.2.999"},
        {"answers": "2001:db8::1"},
        {"type": "AAAA"},
    ],
)
def test_what_no_message_can_hold_is_left_out(broken: Row) -> None:
    found = written([row(), row(**{"time": START + 1, **broken}), row(time=START + 2)])
    assert found.left_out == {NOT_WRITABLE: 1}
    assert len(found.octets) == found.responses.count == 2


def test_what_pointers_do_not_reach_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MESSAGE_OCTETS", 100)
    found = written([row(), *response(START + 1)])
    assert found.left_out == {TOO_LONG: 1}
    assert found.responses.count == 1


def test_a_missing_ttl_travels_as_none() -> None:
    (octets,) = written([row(ttl=None)]).octets.to_pylist()
    assert dns.message.from_wire(octets).answer[0].ttl == 0
    assert len(written([]).octets) == 0
