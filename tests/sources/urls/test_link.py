from __future__ import annotations

import pyarrow as pa
import pytest

from fluxhound.sources.engine import Engine
from fluxhound.sources.tally import Tally
from fluxhound.sources.urls.link import HOST, LINK, PLAIN, links


@pytest.mark.parametrize(
    ("url", "plain", "host"),
    [
        ("http://Evil.example/a?b#c", "http://Evil.example/a", "evil.example"),
        ("HXXPs://evil[.]example:8443/a", "https://evil.example:8443/a", "evil.example"),
        ("http://user:word@evil.example/", "http://evil.example/", "evil.example"),
        ("evil.example/a", "evil.example/a", "evil.example"),
        ("http://e.example/for/ann@c.example/x", "http://e.example/for/-/x", "e.example"),
        ("http://e.example/ann%40c.example", "http://e.example/-", "e.example"),
        ("http://", "http://", ""),
        ("", "", ""),
    ],
)
def test_what_is_kept_of_a_url(url: str, plain: str, host: str) -> None:
    plain_sql = PLAIN.format("url")
    sql = f"SELECT {plain_sql} AS plain, {HOST.format(plain_sql)} AS host FROM t"
    row = Engine.here().select(sql, t=pa.table({"url": [url]})).to_pylist()[0]
    assert row["plain"] == plain
    assert host in (row["host"], "")


def test_nothing_of_nothing() -> None:
    assert list(links(pa.Table.from_pylist([], schema=LINK), Tally())) == []
