from __future__ import annotations

import contextlib
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from fluxhound.records import Severity
from fluxhound.service.web.asked import (
    LATEST,
    check_parameters,
    moment_asked,
    name_asked,
    number_asked,
    words_asked,
)
from fluxhound.service.web.problems import Problem


def request(*pairs: tuple[str, str]) -> Request:
    return Request({"type": "http", "headers": [], "query_string": urlencode(pairs).encode()})


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("KX-Delivery.Example.", "kx-delivery.example"),
        (" bücher.example", "xn--bcher-kva.example"),
        ("0/25.2.0.192.in-addr.arpa", "0/25.2.0.192.in-addr.arpa"),
    ],
)
def test_names(text: str, name: str) -> None:
    assert name_asked(text) == name


@given(text=st.text(max_size=1100))
def test_any_text_is_a_name_or_a_problem(text: str) -> None:
    with contextlib.suppress(Problem):
        name = name_asked(text)
        assert 0 < len(name) <= 1024
        assert name.isprintable()
        assert name_asked(name) == name


@pytest.mark.parametrize("text", ["", ".", " ", "a b", "a\x00b", "a\nb", "x" * 1025])
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(Problem):
        name_asked(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1700000000", 1_700_000_000),
        ("2023-11-14T22:13:20Z", 1_700_000_000),
        ("2023-11-14T23:13:20+01:00", 1_700_000_000),
        ("2023-11-14T22:13:20", 1_700_000_000),
        ("0", 0),
    ],
)
def test_moments(text: str, seconds: float) -> None:
    assert moment_asked(text, "since") == seconds


@given(text=st.text(max_size=60) | st.floats().map(str))
def test_any_text_is_a_moment_or_a_problem(text: str) -> None:
    with contextlib.suppress(Problem):
        assert 0 <= moment_asked(text, "since") < LATEST


def test_words() -> None:
    asked = request(("severity", "high"), ("severity", "low"))
    assert words_asked(asked, "severity", Severity) == {Severity.HIGH, Severity.LOW}
    assert words_asked(request(), "severity", Severity) == frozenset()
    with pytest.raises(Problem, match="is none of info, low"):
        words_asked(request(("severity", "<b>")), "severity", Severity)


@pytest.mark.parametrize("text", ["0", "-1", "1001", "x", "", "1" * 40, "٣"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(Problem, match="from 1 to 1000"):
        number_asked(request(("limit", text)), "limit", default=10, most=1000)


def test_numbers() -> None:
    assert number_asked(request(("limit", "7")), "limit", default=10, most=1000) == 7
    assert number_asked(request(), "limit", default=10, most=1000) == 10


def test_parameters_that_do_not_exist() -> None:
    check_parameters(request(("a", "1")), ("a", "b"))
    with pytest.raises(Problem, match="no parameter c; known are: a, b"):
        check_parameters(request(("c", "1")), ("a", "b"))
    with pytest.raises(Problem, match="too many"):
        check_parameters(request(*[("a", "1")] * 40), ("a",))
