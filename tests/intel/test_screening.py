from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.intel import spelling
from fluxhound.intel.indicator import Kind
from fluxhound.intel.refusing import OWN, PUBLIC_SUFFIX, RESERVED, SHARED_SUFFIX, own
from fluxhound.intel.screening import REASONS, UNKNOWN_TOP_LEVEL, Rules, screened


def one(text: str, expect: Kind | None = None, rules: Rules | None = None) -> tuple[int, str]:
    found = screened(pa.array([text]), np.array([expect or 0], np.int8), rules or Rules())
    reason = REASONS[int(found.reason[0])]
    return (0, reason) if reason else (int(found.kind[0]), found.value[0].as_py())


@pytest.mark.parametrize(
    ("text", "expect", "found"),
    [
        (" EVIL.example ", None, (Kind.DOMAIN, "evil.example")),
        ("evil.example", Kind.HOST, (Kind.HOST, "evil.example")),
        ("evil.example", Kind.URL, (Kind.HOST, "evil.example")),
        ("evil.example", Kind.ADDRESS, (0, spelling.BAD_ADDRESS)),
        ("8.8.8.8", None, (Kind.ADDRESS, "8.8.8.8")),
        ("co.uk", None, (0, PUBLIC_SUFFIX)),
        ("co.uk", Kind.HOST, (0, PUBLIC_SUFFIX)),
        ("github.io", None, (0, SHARED_SUFFIX)),
        ("github.io", Kind.HOST, (Kind.HOST, "github.io")),
        ("*.github.io", None, (0, SHARED_SUFFIX)),
        ("10.0.0.1", None, (0, RESERVED)),
        ("http://10.0.0.1/a", None, (0, RESERVED)),
        ("http://[::1]/a", None, (0, RESERVED)),
        ("8.8.0.0/16", None, (Kind.NETWORK, "8.8.0.0/16")),
        ("10.0.0.0/16", None, (0, RESERVED)),
        ("invoice.exe", None, (0, UNKNOWN_TOP_LEVEL)),
        ("invoice.exe", Kind.DOMAIN, (Kind.DOMAIN, "invoice.exe")),
        ("c2.bazar", Kind.DOMAIN, (Kind.DOMAIN, "c2.bazar")),
    ],
)
def test_candidates_are_screened(text: str, expect: Kind | None, found: tuple[int, str]) -> None:
    assert one(text, expect) == found


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("corp.example", True),
        ("mail.corp.example", True),
        ("https://mail.corp.example/login", True),
        ("https://evil.example/corp.example", False),
        ("192.0.3.7", True),
        ("http://192.0.3.7/", True),
    ],
)
def test_our_own_is_never_taken(text: str, *, refused: bool) -> None:
    rules = Rules(own=own(["corp.example", "192.0.3.0/24"]))
    assert (one(text, None, rules) == (0, OWN)) is refused


def test_the_user_decides_whether_names_cover_what_is_below() -> None:
    assert one("a.example", Kind.HOST, Rules(subnames=True))[0] == Kind.DOMAIN
    assert one("a.example", None, Rules(subnames=False))[0] == Kind.HOST
    assert one("*.a.example", None, Rules(subnames=False))[0] == Kind.BELOW
    assert one("github.io", Kind.HOST, Rules(subnames=True)) == (0, SHARED_SUFFIX)


def test_shared_suffixes_are_worth_knowing() -> None:
    rules = Rules(shared=True)
    assert one("github.io", None, rules) == (Kind.DOMAIN, "github.io")
    assert one("co.uk", None, rules) == (0, PUBLIC_SUFFIX)


def test_nothing_screened_is_nothing() -> None:
    found = screened(pa.array([], pa.string()), np.array([], np.int8), Rules())
    assert len(found.value) == 0


LABELS = st.from_regex(r"[a-zA-Z0-9_-]{1,20}", fullmatch=True)


URLS = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["http", "https", "hxxp", "HTTP"]),
    st.lists(LABELS, min_size=1, max_size=3).map(".".join),
    st.sampled_from(["", ":80", ":443", ":8080", "/", "/A", "/[.]", "/a b", "/x'", "/%20?a=b#c"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=127), max_size=8),
)


@given(st.lists(URLS, max_size=8))
def test_urls_in_columns_are_what_they_are_one_by_one(texts: list[str]) -> None:
    found = screened(pa.array(texts, pa.string()), np.zeros(len(texts), np.int8), Rules())
    for text, kind, value, reason in zip(
        texts, found.kind, found.value.to_pylist(), found.reason, strict=True
    ):
        if not reason:
            assert spelling.spelled(text) == (kind, value)


@given(st.lists(st.lists(LABELS, min_size=1, max_size=5).map(".".join) | st.text(), max_size=8))
def test_the_columns_say_what_one_by_one_says(texts: list[str]) -> None:
    sound = [text.encode("utf-8", "replace").decode() for text in texts]
    found = screened(pa.array(sound, pa.string()), np.zeros(len(sound), np.int8), Rules())
    for text, kind, value, reason in zip(
        sound, found.kind, found.value.to_pylist(), found.reason, strict=True
    ):
        if not reason:
            assert spelling.spelled(text) == (kind, value)
