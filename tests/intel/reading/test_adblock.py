from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.intel.readers import SOME, counts, read, survives, taken

LIST = """\
[Adblock Plus 2.0]
! Title: a list
||evil.example^
||*.below.example^
@@||good.example^
||important.example^$important,all
||script.example^$script
||path.example/ads/
|exact.example^
plain.example
0.0.0.0 hosts.example
example.net##.banner
/regex[0-9]+/
||wild*.example^
# a comment
"""


def test_rules_about_names_are_taken() -> None:
    feed = read(LIST)
    assert feed.forms == ("adblock",)
    assert taken(LIST) == [
        "domain evil.example",
        "below below.example",
        "+domain good.example",
        "domain important.example",
        "host exact.example",
        "host plain.example",
        "host hosts.example",
    ]
    assert counts(feed.tally) == {
        "a rule that only a browser can follow": 4,
        "a rule about pages' looks": 1,
    }


@pytest.mark.parametrize("text", ["||a.example^\n||b.example^\n", "! c\n@@||a.example^\n"])
def test_rules_alone_tell_the_format(text: str) -> None:
    assert read(text).forms == ("adblock",)


def test_what_a_browser_adds_to_a_rule_makes_it_none_of_ours() -> None:
    rules = ["||a.example^$third-party", "||a.example^$badfilter", "|https://a.example/x|"]
    assert taken("\n".join(rules), "adblock") == []


@SOME
@given(st.text("|@^$*.a/#!\nexmpl,", max_size=200))
def test_any_text_is_survived(text: str) -> None:
    survives(text.encode(), "adblock")
