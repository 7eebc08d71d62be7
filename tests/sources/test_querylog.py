from __future__ import annotations

import pytest

from fluxhound.errors import NoAnswersError
from fluxhound.sources.querylog import FORMAT, kind_of
from tests.reading import LOGS, read_log


@pytest.mark.parametrize(
    ("path", "title", "instead"),
    [
        ("bind.log", "BIND query log", "dnstap { client response; resolver response; }"),
        ("unbound.log", "Unbound query log", "dnstap-log-client-response-messages"),
        ("windows.log", "Windows DNS debug log", "pcap"),
        ("powerdns.log", "PowerDNS query log", "dnstap"),
        ("coredns.log", "CoreDNS query log", "dnstap"),
        ("route53-public.log", "Route 53 public query log", "Resolver query logging"),
    ],
)
def test_one_sentence_says_what_to_turn_on(path: str, title: str, instead: str) -> None:
    assert FORMAT.matches((LOGS / "querylog" / path).read_bytes())
    with pytest.raises(NoAnswersError) as raised:
        read_log(FORMAT, f"querylog/{path}")
    text = str(raised.value)
    assert title in text
    assert instead in text
    assert text.count(". ") == 0
    assert text.endswith(".")


def test_older_bind() -> None:
    line = b"client 192.0.2.1#5353 (a.example): view internal: query: a.example IN A + (10.0.0.1)"
    assert kind_of(line) is not None
    assert kind_of(b'{"x": "' + line + b'"}') is None


def test_forced_on_another_log() -> None:
    with pytest.raises(NoAnswersError, match="query log"):
        read_log(FORMAT, "zat/dns.json")
