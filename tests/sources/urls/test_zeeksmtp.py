from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.sources.urls.link import LINK
from fluxhound.sources.urls.zeeksmtp import FORMAT
from tests.flowing import read_apart

HEADER = "#path\tsmtp\n#fields\tts\tuid\tmailfrom\trcptto\turls\n"
LINE = "5.5\tC1\tX@Bad.example\tA@corp.example,b@corp.example\thttp://evil.example/a?x\n"


def test_each_recipient_received_each_url_and_the_sender() -> None:
    assert FORMAT.matches((HEADER + LINE).encode())
    rows, tally = read_apart(FORMAT, (HEADER + LINE).encode(), LINK)
    assert tally.records == 1
    found = {("evil.example", "http://evil.example/a"), ("bad.example", "mailto:@bad.example")}
    for who in ("a@corp.example", "b@corp.example"):
        assert {(r["host"], r["url"]) for r in rows if r["recipient"] == who} == found
    assert all(row["client"] is None for row in rows)


def test_mail_to_nobody_and_without_a_time() -> None:
    text = HEADER + LINE.replace("5.5", "x") + LINE.replace("A@corp.example,b@corp.example", "-")
    rows, tally = read_apart(FORMAT, text.encode(), LINK)
    assert rows == []
    assert tally.bad == {"time out of range": 1}
    assert tally.passed_over == {"no recipient": 1}


@settings(max_examples=40)
@given(st.binary(max_size=200))
def test_any_bytes(content: bytes) -> None:
    read_apart(FORMAT, HEADER.encode() + content, LINK)
