from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.intel.readers import SOME, counts, read, survives, taken

FILE = """\
# hosts
127.0.0.1 localhost
::1 ip6-localhost ip6-loopback
0.0.0.0 0.0.0.0
0.0.0.0 Ads.Example www.ads.example # two
127.0.0.1\tevil.example
192.0.2.1 intranet.example
justaname.example
"""


def test_names_sent_to_nowhere_are_hosts() -> None:
    feed = read(FILE)
    assert feed.forms == ("hosts",)
    assert taken(FILE) == ["host ads.example", "host www.ads.example", "host evil.example"]
    assert counts(feed.tally) == {
        "the system's own entry": 4,
        "leads to an address that is no block": 1,
        "not a line of a hosts file": 1,
    }
    assert feed.tally.records == 7


@SOME
@given(st.text("0.127 \t#:a\nexmpl", max_size=200))
def test_any_text_is_survived(text: str) -> None:
    survives(text.encode(), "hosts")
