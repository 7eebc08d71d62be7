from __future__ import annotations

import pytest

from tests.sources.quickly import Object, cof, needs_no_engine


@pytest.mark.parametrize(
    "objects",
    [
        [cof(), cof(rdata="192.0.2.9"), cof(rrtype="AAAA", rdata="2001:db8::9")],
        [cof(rrtype="NS", rdata=["ns1.example.com."]), cof(rrtype="TXT"), cof(count="-")],
        [cof(time_first=1795046400123, time_last=5), cof(sensor_id="-"), cof(rrname=".")],
        [cof(count=0), cof(count=2.5), cof(count=10**16)],
    ],
)
def test_usual_lines_need_no_engine(objects: list[Object]) -> None:
    needs_no_engine("cof", objects)
