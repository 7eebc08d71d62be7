from __future__ import annotations

import time

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.intel import spelling
from fluxhound.intel.indicator import Kind
from fluxhound.intel.spelling import cut, is_defanged, refanged, spelled, url_hosts


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("Evil.Example.", Kind.DOMAIN, "evil.example"),
        ("evil[.]example", Kind.DOMAIN, "evil.example"),
        ("evil(.)example", Kind.DOMAIN, "evil.example"),
        ("evil[dot]example", Kind.DOMAIN, "evil.example"),
        ("evil(DOT)example", Kind.DOMAIN, "evil.example"),
        ("evil[.example", Kind.DOMAIN, "evil.example"),
        ("evil.]example", Kind.DOMAIN, "evil.example"),
        ('"evil.example"', Kind.DOMAIN, "evil.example"),
        ("<evil.example>", Kind.DOMAIN, "evil.example"),
        (".evil.example", Kind.DOMAIN, "evil.example"),
        ("*.evil.example", Kind.BELOW, "evil.example"),
        ("evil.example:8080", Kind.DOMAIN, "evil.example"),
        ("bücher.example", Kind.DOMAIN, "xn--bcher-kva.example"),
        ("_dmarc.evil.example", Kind.DOMAIN, "_dmarc.evil.example"),
        ("192.0.2.1", Kind.ADDRESS, "192.0.2.1"),
        ("192[.]0[.]2[.]1:443", Kind.ADDRESS, "192.0.2.1"),
        ("2001:DB8:0::1", Kind.ADDRESS, "2001:db8::1"),
        ("2001[:]db8[:][:]1", Kind.ADDRESS, "2001:db8::1"),
        ("[2001:db8::1]:443", Kind.ADDRESS, "2001:db8::1"),
        ("::ffff:192.0.2.1", Kind.ADDRESS, "192.0.2.1"),
        ("192.0.2.1/32", Kind.ADDRESS, "192.0.2.1"),
        ("192.0.2.77/24", Kind.NETWORK, "192.0.2.0/24"),
        ("2001:db8::5/64", Kind.NETWORK, "2001:db8::/64"),
        ("hxxps://Evil[.]Example/A.php?x=1", Kind.URL, "https://evil.example/A.php?x=1"),
        ("hXXp://evil.example", Kind.URL, "http://evil.example/"),
        ("h**p://evil.example/a", Kind.URL, "http://evil.example/a"),
        ("hxxp[:]//evil[.]example/a", Kind.URL, "http://evil.example/a"),
        ("hxxp[://]evil[.]example/a", Kind.URL, "http://evil.example/a"),
        ("https://user:pass@evil.example:443/a", Kind.URL, "https://evil.example/a"),
        ("http://evil.example?x", Kind.URL, "http://evil.example/?x"),
        ("tcp://192.0.2.1:15666/", Kind.URL, "tcp://192.0.2.1:15666/"),
        ("http://[2001:DB8::1]:8080/a", Kind.URL, "http://[2001:db8::1]:8080/a"),
        ("evil.example/path/", Kind.URL, "http://evil.example/path/"),
        ("evil.example/", Kind.HOST, "evil.example"),
        ("192.0.2.1/", Kind.ADDRESS, "192.0.2.1"),
        ("192.0.2.1/gate", Kind.URL, "http://192.0.2.1/gate"),
    ],
)
def test_every_way_of_writing_has_one_spelling(text: str, kind: Kind, value: str) -> None:
    assert spelled(text) == (kind, value)
    assert spelled(value)[1] == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", spelling.BLANK),
        (" . ", spelling.BLANK),
        ("com", spelling.SINGLE_LABEL),
        ("localhost.", spelling.SINGLE_LABEL),
        ("d41d8cd98f00b204e9800998ecf8427e", spelling.FILE_HASH),
        ("a@evil.example", spelling.MAIL_ADDRESS),
        ("a[@]evil[.]example", spelling.MAIL_ADDRESS),
        ("evil..example", spelling.BAD_NAME),
        ("evil .example", spelling.BAD_NAME),
        ("evil\\.x.example", spelling.BAD_NAME),
        ("x" * 64 + ".example", spelling.BAD_NAME),
        ("evil.example\x00", spelling.BAD_NAME),
        ("a.b.c\u202e.example", spelling.BAD_NAME),
        (".".join(["a"] * 1_000), spelling.TOO_LONG),
        (".".join(["a"] * 10_000), spelling.TOO_LONG),
        ("192.0.2.256", spelling.BAD_ADDRESS),
        ("192.0.2.01", spelling.BAD_ADDRESS),
        ("1.2.3", spelling.BAD_ADDRESS),
        ("2001:db8:::1", spelling.BAD_ADDRESS),
        ("192.0.2.0/33", spelling.BAD_ADDRESS),
        ("2001:db8::/129", spelling.BAD_ADDRESS),
        ("::ffff:192.0.2.0/120", spelling.BAD_ADDRESS),
        ("0.0.0.0/0", spelling.TOO_WIDE),
        ("::/0", spelling.TOO_WIDE),
        ("http://", spelling.BAD_URL),
        ("http:///a", spelling.BAD_URL),
        ("http://com/a", spelling.SINGLE_LABEL),
        ("http://evil.example/a b", spelling.BAD_URL),
        ("http://evil.example/\x1b[31m", spelling.BAD_URL),
        ("http://" + "a/" * 3_000, spelling.TOO_LONG),
    ],
)
def test_what_is_refused_has_a_reason(text: str, reason: str) -> None:
    assert spelled(text) == (0, reason)


@pytest.mark.parametrize(
    ("text", "expect", "found"),
    [
        ("evil.example", Kind.HOST, (Kind.HOST, "evil.example")),
        ("evil.example", Kind.URL, (Kind.HOST, "evil.example")),
        ("evil.example", Kind.ADDRESS, (0, spelling.BAD_ADDRESS)),
        ("evil.example", Kind.BELOW, (Kind.BELOW, "evil.example")),
        ("192.0.2.1", Kind.HOST, (Kind.ADDRESS, "192.0.2.1")),
        ("*.evil.example", Kind.HOST, (Kind.BELOW, "evil.example")),
    ],
)
def test_the_formats_word_counts(text: str, expect: Kind, found: tuple[int, str]) -> None:
    assert spelled(text, expect) == found


def test_only_what_was_changed_is_defanged() -> None:
    assert is_defanged("evil[.]example")
    assert is_defanged("hxxp://evil.example")
    assert not is_defanged("http://evil.example")
    assert not is_defanged("(evil.example)")
    assert refanged("a[.b[.]c") == "a.b.c"


def test_networks_are_cut_at_their_bits() -> None:
    assert cut(bytes([10, 1, 2, 3]), 16) == (Kind.NETWORK, "10.1.0.0/16")
    assert cut(bytes([10, 1, 2, 3]), 32) == (Kind.ADDRESS, "10.1.2.3")
    assert cut(bytes(16), 129)[0] == 0


def test_hosts_of_urls_are_cut_out_in_columns() -> None:
    urls = ["http://evil.example/a:b/c", "https://192.0.2.1:8443/", "http://[2001:db8::1]:80/x"]
    hosts = ["evil.example", "192.0.2.1", "2001:db8::1"]
    assert url_hosts(pa.array(urls)).to_pylist() == hosts


@given(st.text(max_size=300) | st.text("[](){}.:/x*ht p@a1", max_size=300))
def test_any_text_is_spelled_once_or_refused(text: str) -> None:
    kind, value = spelled(text)
    if kind:
        again = spelled(value, Kind.HOST if kind == Kind.HOST else None)
        assert again[1] == value or kind == Kind.BELOW
        assert value.isascii() or kind == Kind.URL


@pytest.mark.parametrize("text", ["[." * 2_000, "h**p" * 1_000, "(" * 4_000, "://" * 1_300])
def test_hostile_texts_take_no_time(text: str) -> None:
    start = time.perf_counter()
    spelled(text)
    assert time.perf_counter() - start < 0.5
