from __future__ import annotations

import pytest

from fluxhound.response.sinkhole.hello import Hello
from fluxhound.response.sinkhole.probes import is_odd, is_probe
from fluxhound.response.sinkhole.protocols import Protocol
from fluxhound.response.sinkhole.visit import Visit
from tests.response.sinkhole.making import asking, greeting, visit


@pytest.mark.parametrize(
    ("each", "probe"),
    [
        (asking("evil.example"), False),
        (asking("evil.example", agent="Mozilla/5.0 zgrab/0.x"), True),
        (asking("evil.example", agent="Mozilla/5.0 (compatible; CensysInspect/1.1)"), True),
        (asking("evil.example", path="/.env"), True),
        (asking("evil.example", path="/WP-Login.php?x"), True),
        (asking("evil.example", path="/gate.php"), False),
        (asking("evil.example", method="OPTIONS"), True),
        (greeting("evil.example"), False),
        (visit(), False),
    ],
)
def test_requests_as_scanners_make_them(each: Visit, *, probe: bool) -> None:
    assert is_probe(each) is probe


@pytest.mark.parametrize(
    ("each", "odd"),
    [
        (visit(), True),
        (visit(protocol=Protocol.OTHER, first=b"x"), False),
        (visit(protocol=Protocol.TLS), True),
        (visit(protocol=Protocol.TLS, hello=Hello(damaged=True, ciphers=(1,))), True),
        (visit(protocol=Protocol.TLS, hello=Hello()), True),
        (greeting("evil.example"), False),
        (asking("evil.example"), False),
    ],
)
def test_visits_without_a_purpose(each: Visit, *, odd: bool) -> None:
    assert is_odd(each) is odd
