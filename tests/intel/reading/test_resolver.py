from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.intel.readers import SOME, counts, read, survives, taken

DNSMASQ = """\
# dnsmasq
address=/evil.example/
address=/a.example/b.example/0.0.0.0
address=/c.example/#
address=/intranet.example/9.9.9.9
local=/d.example/
server=/e.example/
server=/good.example/#
server=/forwarded.example/9.9.9.9
cache-size=1000
what is this
"""
UNBOUND = """\
server:
local-zone: "evil.example" always_nxdomain
local-zone: b.example. refuse
local-zone: "good.example" transparent
local-zone: "odd.example" something_new
local-data: "c.example A 0.0.0.0"
local-data: "d.example 60 IN A 9.9.9.9"
verbosity: 1
"""


def test_dnsmasq_settings_are_taken() -> None:
    feed = read(DNSMASQ)
    assert feed.forms == ("resolver",)
    assert taken(DNSMASQ) == [
        "domain evil.example",
        "domain a.example",
        "domain b.example",
        "domain c.example",
        "domain d.example",
        "domain e.example",
        "+domain good.example",
    ]
    assert counts(feed.tally) == {
        "sent to another server, not blocked": 2,
        "another setting": 1,
        "not a setting of dnsmasq or Unbound": 1,
    }


def test_unbound_settings_are_taken() -> None:
    feed = read(UNBOUND)
    assert feed.forms == ("resolver",)
    assert taken(UNBOUND) == [
        "domain evil.example",
        "domain b.example",
        "+domain good.example",
        "host c.example",
    ]
    assert counts(feed.tally) == {"another setting": 2, "sent to another server, not blocked": 1}


@SOME
@given(st.text('adress=/local-zone:" .\nexmpl0', max_size=200))
def test_any_text_is_survived(text: str) -> None:
    survives(text.encode(), "resolver")
