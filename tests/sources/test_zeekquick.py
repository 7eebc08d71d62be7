from __future__ import annotations

import pytest

from tests.sources.quickly import Object, needs_no_engine, zeek


@pytest.mark.parametrize(
    "objects",
    [
        [zeek(), zeek(answers=["2001:db8::1"], TTLs=[5.0], qtype_name="AAAA")],
        [zeek(qtype_name="NS", answers=["ns1.example.com"], TTLs=[5])],
        [zeek(answers="-", TTLs="-"), zeek(rcode_name="NXDOMAIN", answers="-")],
        [zeek(answers=["edge.example.net"], TTLs=[60.0]), zeek(_path="http")],
        [zeek(ts="2026-11-24T08:00:01.250000Z"), zeek(AA=True, RA=False)],
        [zeek(query=""), zeek(query="."), zeek(ts=1795046400123), zeek(TTLs="-")],
    ],
)
def test_usual_lines_need_no_engine(objects: list[Object]) -> None:
    needs_no_engine("zeek-json", objects)
