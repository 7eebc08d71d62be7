from __future__ import annotations

import pytest

from fluxhound.intel.indicator import Kind
from fluxhound.intel.reading import stixmatch
from fluxhound.intel.reading.stixmatch import terms
from fluxhound.intel.reading.stixpattern import parse

N = "domain-name:value"
END = "network-traffic:dst_ref"


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        (f"[{N} = 'a.example']", [(Kind.HOST, "a.example")]),
        (f"[{N} == 'a.example']", [(Kind.HOST, "a.example")]),
        (
            f"[{N} = 'a.example' OR {N} LIKE '%.a.example']",
            [(Kind.HOST, "a.example"), (Kind.BELOW, "a.example")],
        ),
        (f"[{N} LIKE 'a.example']", [(Kind.HOST, "a.example")]),
        (f"[{N} LIKE '%a.example']", [(None, stixmatch.WILDCARD)]),
        (f"[{N} LIKE '%.a_b.example']", [(None, stixmatch.WILDCARD)]),
        (
            f"[{N} IN ('a.example', 'b.example')]",
            [(Kind.HOST, "a.example"), (Kind.HOST, "b.example")],
        ),
        (f"[{N} MATCHES '^a\\\\.example$']", [(Kind.HOST, "a.example")]),
        (f"[{N} MATCHES '^(.*\\\\.)?a\\\\.example$']", [(Kind.DOMAIN, "a.example")]),
        (f"[{N} MATCHES '(?:^|\\\\.)a\\\\.example$']", [(Kind.DOMAIN, "a.example")]),
        (f"[{N} MATCHES '\\\\.a\\\\.example$']", [(Kind.BELOW, "a.example")]),
        (f"[{N} MATCHES 'a.example']", [(None, stixmatch.EXPRESSION)]),
        (f"[{N} MATCHES '^(a+)+$']", [(None, stixmatch.EXPRESSION)]),
        (f"[{N} != 'a.example']", [(None, stixmatch.NEGATED)]),
        (f"[{N} NOT = 'a.example']", [(None, stixmatch.NEGATED)]),
        (f"[{N} > 'a.example']", [(None, stixmatch.OTHER_OPERATOR)]),
        ("[ipv4-addr:value = '192.0.2.1']", [(Kind.ADDRESS, "192.0.2.1")]),
        ("[ipv4-addr:value = '192.0.2.0/24']", [(Kind.NETWORK, "192.0.2.0/24")]),
        ("[ipv6-addr:value ISSUBSET '2001:db8::/32']", [(Kind.NETWORK, "2001:db8::/32")]),
        ("[ipv4-addr:value ISSUPERSET '192.0.2.1/32']", [(None, stixmatch.OTHER_OPERATOR)]),
        ("[url:value = 'http://a.example/x']", [(Kind.URL, "http://a.example/x")]),
        ("[url:value LIKE 'http://a.example/%']", [(None, stixmatch.WILDCARD)]),
        ("[url:value MATCHES '^http://a']", [(None, stixmatch.EXPRESSION)]),
        ("[file:name = 'a.exe']", [(None, stixmatch.OTHER_OBJECT)]),
        ("[file:name = 'a' AND file:size = 5]", [(None, stixmatch.OTHER_OBJECT)]),
        (f"[{N} = 'a.example' AND file:size = 5]", [(None, stixmatch.SEVERAL)]),
        (
            f"[{N} = 'a.example' AND domain-name:resolves_to_refs[*].value = '192.0.2.1']",
            [(Kind.HOST, "a.example")],
        ),
        (
            f"[ipv4-addr:value = '192.0.2.1' AND {N} = 'a.example']",
            [(None, stixmatch.SEVERAL)],
        ),
        (f"[{N} = 'a.example'] AND [{N} = 'b.example']", [(None, stixmatch.SEVERAL)]),
        (f"[{N} = 'a.example'] FOLLOWEDBY [{N} = 'b.example']", [(None, stixmatch.SEVERAL)]),
        (
            f"[{N} = 'a.example'] OR [file:size = 5]",
            [(Kind.HOST, "a.example"), (None, stixmatch.OTHER_OBJECT)],
        ),
        (
            f"[{END}.type = 'ipv4-addr' AND {END}.value = '9.9.9.9']",
            [(Kind.HOST, "9.9.9.9")],
        ),
        (
            "[network-traffic:dst_ref.value = '192.0.2.1' AND network-traffic:dst_port = 443]",
            [(None, stixmatch.SEVERAL)],
        ),
        (f"[{N} = 'a.example'] WITHIN 5 SECONDS", [(Kind.HOST, "a.example")]),
        (f"[{N} = 'a.example'] REPEATS 5 TIMES", [(None, stixmatch.QUALIFIED)]),
    ],
)
def test_only_what_one_name_can_fulfil_is_taken(pattern: str, found: list[object]) -> None:
    assert list(terms(parse(pattern))) == found
