from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from fluxhound.intel.indicator import Tlp
from tests.service.web.serving import READ, SHARE, SHARE_CLEAR, Pipeline, get, served
from tests.sharing.exporting import TERMS


def lines(content: bytes) -> list[dict[str, object]]:
    return [orjson.loads(line) for line in content.splitlines()]


def test_a_name_is_answered_one_value_a_line(address: str) -> None:
    answer = get(address, "/pdns/query/KX-Delivery.example.", SHARE)
    assert answer.headers["content-type"] == "application/x-ndjson"
    found = lines(answer.content)
    assert [(each["rrtype"], each["rdata"]) for each in found] == [
        ("A", "192.0.2.1"),
        ("A", "198.51.100.9"),
        ("CNAME", "edge.kx-delivery.example"),
        ("NS", "ns1.badhost.example"),
        ("NS", "ns2.badhost.example"),
        ("A", "192.0.2.1"),
        ("AAAA", "2001:db8::7"),
    ]
    assert set(found[0]) == {
        "rrname", "rrtype", "rdata", "time_first", "time_last", "count", "origin",
    }  # fmt: skip


def test_the_answer_is_bounded(address: str) -> None:
    assert len(lines(get(address, "/pdns/query/kx-delivery.example?limit=2", SHARE).content)) == 2


def test_an_unknown_name_is_answered_with_nothing(address: str) -> None:
    answer = get(address, "/pdns/query/unknown.example", SHARE)
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    ("path", "token", "status"),
    [
        ("kx-delivery.example", "", 401),
        ("kx-delivery.example", READ, 403),
        ("kx-delivery.example", SHARE_CLEAR, 403),
        ("kx-delivery.example?limit=0", SHARE, 400),
        ("kx-delivery.example?limit=10001", SHARE, 400),
        ("kx-delivery.example?all=1", SHARE, 400),
        ("a%20b", SHARE, 400),
    ],
)
def test_what_is_refused(address: str, path: str, token: str, status: int) -> None:
    assert get(address, f"/pdns/query/{path}", token).status_code == status


def test_what_is_marked_otherwise_is_for_those_who_may_see_it() -> None:
    terms = replace(TERMS, marks={"kx-delivery.example": Tlp.CLEAR})
    with served(Pipeline(terms=terms)) as address:
        assert get(address, "/pdns/query/kx-delivery.example", SHARE_CLEAR).status_code == 200
