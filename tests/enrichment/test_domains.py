from __future__ import annotations

import time

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from publicsuffixlist import PublicSuffixList

from fluxhound.enrichment.domains import (
    DOMAINS,
    DomainTable,
    domain_table,
    registered_domain,
)
from fluxhound.enrichment.suffixes import read_suffixes, suffixes

ORACLE = PublicSuffixList()
RULES = sorted(suffixes().rules)


@pytest.mark.parametrize(
    ("name", "registered", "suffix", "private"),
    [
        ("example.com", "example.com", "com", False),
        ("a.b.example.com", "example.com", "com", False),
        ("WWW.Example.COM.", "example.com", "com", False),
        ("www.example.co.uk", "example.co.uk", "co.uk", False),
        ("co.uk", "co.uk", "co.uk", False),
        ("com", "com", "com", False),
        # The private section.
        ("user.github.io", "user.github.io", "github.io", True),
        ("a.user.github.io", "user.github.io", "github.io", True),
        ("github.io", "github.io", "github.io", True),
        ("x.bot.duckdns.org", "bot.duckdns.org", "duckdns.org", True),
        ("a.example.org", "example.org", "org", False),
        # Wildcards and exceptions.
        ("ck", "ck", "ck", False),
        ("anything.ck", "anything.ck", "anything.ck", False),
        ("b.anything.ck", "b.anything.ck", "anything.ck", False),
        ("a.b.anything.ck", "b.anything.ck", "anything.ck", False),
        ("www.ck", "www.ck", "ck", False),
        ("a.www.ck", "www.ck", "ck", False),
        ("city.kawasaki.jp", "city.kawasaki.jp", "kawasaki.jp", False),
        ("a.b.kawasaki.jp", "a.b.kawasaki.jp", "b.kawasaki.jp", False),
        # Last labels that the list does not know.
        ("printer.local", "printer.local", "local", False),
        ("a.b.c.test", "c.test", "test", False),
        ("localhost", "localhost", "localhost", False),
        # Labels of services, reverse names, A-labels and U-labels.
        ("_dmarc.example.com", "example.com", "com", False),
        ("_sip._tcp.example.co.uk", "example.co.uk", "co.uk", False),
        ("_tcp.com", "_tcp.com", "com", False),
        ("1.2.0.192.in-addr.arpa", "192.in-addr.arpa", "in-addr.arpa", False),
        ("a.xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai", "xn--p1ai", False),
        ("a.пример.рф", "пример.рф", "рф", False),
        ("x.xn--55qx5d.cn", "x.xn--55qx5d.cn", "xn--55qx5d.cn", False),
        # Escapes: a dot within a label does not part labels.
        (r"evil\.co.uk", r"evil\.co.uk", "uk", False),
        (r"a.evil\.co.uk", r"evil\.co.uk", "uk", False),
        (r"a\\.co.uk", r"a\\.co.uk", "co.uk", False),
        (r"b.a\046x.com", r"a\046x.com", "com", False),
        ("foo\\.", "foo\\.", "foo\\.", False),
        # No names.
        ("a..com", "a..com", "a..com", False),
        (".com", ".com", ".com", False),
        ("", "", "", False),
        (".", "", "", False),
    ],
)
def test_split(name: str, registered: str, suffix: str, private: bool) -> None:
    assert domain_table().split(name) == (registered, suffix, private)
    assert registered_domain(name) == registered


LABELS = st.lists(st.sampled_from(["a", "www", "city", "x1", "_tcp", "com", "ck"]), max_size=9)
NAMES = st.tuples(LABELS, st.sampled_from([*RULES, "test", "ck", "www.ck"])).map(
    lambda parts: ".".join([*parts[0], parts[1]])
)


@given(name=NAMES)
def test_the_package_that_brings_the_list_agrees(name: str) -> None:
    registered, suffix, _ = domain_table().split(name)
    assert suffix == ORACLE.publicsuffix(name)
    assert registered == (ORACLE.privatesuffix(name) or name)


def test_the_package_agrees_about_every_rule() -> None:
    split = domain_table().split
    for rule in RULES:
        for name in (rule, f"a.{rule}", f"b.a.{rule}"):
            assert split(name)[0] == (ORACLE.privatesuffix(name) or name)


@given(name=st.text(max_size=60) | st.text("a.\\0", max_size=12))
def test_any_text_has_a_registered_domain_that_ends_it(name: str) -> None:
    registered, suffix, _ = domain_table().split(name)
    assert name.lower().rstrip(".").endswith(registered.rstrip("."))
    assert registered.endswith(suffix)
    assert domain_table().split(registered)[0] in {registered, registered.removesuffix(".")}


@given(name=st.text(alphabet="ab.", max_size=30), longest=st.integers(1, 8))
def test_the_length_of_the_rules_does_not_matter(name: str, longest: int) -> None:
    rules = ["a", "*.b", "!a.b", ".".join("ab"[n % 2] for n in range(longest))]
    oracle = PublicSuffixList(rules)
    expected = oracle.privatesuffix(name) or name.removesuffix(".")
    assert DomainTable(read_suffixes(rules)).split(name)[0] == expected


def test_a_column_has_a_row_for_each_name() -> None:
    names = ["a.example.com", None, "b.duckdns.org"]
    expected = {
        "name": names,
        "registered_domain": ["example.com", None, "b.duckdns.org"],
        "suffix": ["com", None, "duckdns.org"],
        "private_suffix": [False, False, True],
    }
    for given_in in (names, pa.array(names)):
        found = domain_table().lookup(given_in)
        assert found.schema == DOMAINS
        assert found.to_pydict() == expected
    assert domain_table().lookup([]).num_rows == 0


def test_a_very_long_name_takes_no_longer() -> None:
    name = "a." * 5000 + "com"
    start = time.process_time()
    for _ in range(100):
        assert domain_table().split(name)[0] == "a.com"
    assert time.process_time() - start < 1.0


def test_the_date_is_that_of_the_list() -> None:
    assert domain_table().date == suffixes().date
    assert DomainTable(read_suffixes(["com"])).date == ""
