from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.intel.reading.stixpattern import Comparison, Joined, PatternError, Qualified, parse


def equal(path: str, value: str) -> Comparison:
    return Comparison(path, "=", (value,), negated=False)


A, B = equal("domain-name:value", "a.example"), equal("domain-name:value", "b.example")


@pytest.mark.parametrize(
    ("pattern", "expression"),
    [
        ("[domain-name:value = 'a.example']", A),
        ("[domain-name:value='a.example']", A),
        ("  [ domain-name:value\n=\t'a.example' ] ", A),
        ("([domain-name:value = 'a.example'])", A),
        ("[(domain-name:value = 'a.example')]", A),
        ("[domain-name:value = 'a.example'] /* why */", A),
        (
            "[domain-name:value = 'a.example' OR domain-name:value = 'b.example']",
            Joined("OR", (A, B)),
        ),
        (
            "[domain-name:value = 'a.example'] AND [domain-name:value = 'b.example']",
            Joined("AND", (A, B)),
        ),
        (
            "[domain-name:value = 'a.example'] FOLLOWEDBY [domain-name:value = 'b.example']",
            Joined("FOLLOWEDBY", (A, B)),
        ),
        (
            "[domain-name:value = 'a.example' OR\n"  # noqa: ISC004 - one pattern
            "domain-name:value = 'b.example' AND domain-name:value = 'a.example']",
            Joined("OR", (A, Joined("AND", (B, A)))),
        ),
        (
            "[domain-name:value='a.example'] OR [domain-name:value='b.example'] WITHIN 5 SECONDS",
            Joined("OR", (A, Qualified("WITHIN", B))),
        ),
        ("[domain-name:value = 'a.example'] REPEATS 5 TIMES", Qualified("REPEATS", A)),
        (
            "[domain-name:value = 'a.example'] START t'2024-01-01T00:00:00Z' STOP t'2024-02-01'",
            Qualified("START", A),
        ),
        (
            "[domain-name:value IN ('a.example', 'b.example')]",
            Comparison("domain-name:value", "IN", ("a.example", "b.example"), negated=False),
        ),
        (
            "[domain-name:value NOT LIKE '%.a.example']",
            Comparison("domain-name:value", "LIKE", ("%.a.example",), negated=True),
        ),
        (
            "[domain-name:value != 'a.example']",
            Comparison("domain-name:value", "!=", ("a.example",), negated=True),
        ),
        (
            "[file:hashes.'SHA-256' = 'ab']",
            equal("file:hashes.'SHA-256'", "ab"),
        ),
        (
            "[domain-name:resolves_to_refs[*].value = '192.0.2.1']",
            equal("domain-name:resolves_to_refs[*].value", "192.0.2.1"),
        ),
        ("[file:size > 5]", Comparison("file:size", ">", ("5",), negated=False)),
        (
            "[EXISTS domain-name:value]",
            Comparison("domain-name:value", "EXISTS", (), negated=False),
        ),
        ("[url:value = 'http://x/it\\'s\\\\']", equal("url:value", "http://x/it's\\")),
    ],
)
def test_patterns_are_parsed(pattern: str, expression: object) -> None:
    assert parse(pattern) == expression


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "domain-name:value = 'a'",
        "[domain-name:value = 'a'",
        "[domain-name:value 'a']",
        "[domain-name:value = ]",
        "[= 'a']",
        "[domain-name:value = 'a'] OR",
        "[domain-name:value = 'a'] [domain-name:value = 'b']",
        "[domain-name:value IN ()]",
        "[domain-name:value = 'unterminated]",
        "[domain-name:value = 'a'] WITHIN 5",
        "[domain-name:value = 'a'] REPEATS TIMES",
        "/* unterminated [domain-name:value = 'a']",
        "(" * 100 + "[domain-name:value = 'a']" + ")" * 100,
        "[" + "(" * 5_000,
        "[domain-name:value = 'a'" + " OR domain-name:value = 'a'" * 5_000 + "]",
        "x" * 100_000,
        "[\x00]",
    ],
)
def test_what_is_no_pattern_is_told(pattern: str) -> None:
    with pytest.raises(PatternError):
        parse(pattern)


@given(st.text("[]()'\\=:. \nORANDdomain-name:valueINLIKE%,x", max_size=200) | st.text())
def test_any_text_is_a_pattern_or_none(text: str) -> None:
    with contextlib.suppress(PatternError):
        parse(text)


@pytest.mark.parametrize(
    "pattern",
    [
        "['" + "\\'" * 30_000,
        "[a:b" + "[*]" * 20_000,
        "[a:" + "'x" * 30_000,
        "/*" * 30_000,
        " " * 60_000 + "x",
        "[a:b = '" + "a" * 65_000,
    ],
)
def test_hostile_patterns_take_no_time(pattern: str) -> None:
    start = time.perf_counter()
    with pytest.raises(PatternError):
        parse(pattern)
    assert time.perf_counter() - start < 1
