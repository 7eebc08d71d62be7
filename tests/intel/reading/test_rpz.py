from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.errors import UnreadableInputError
from fluxhound.intel.reading.rpz import network_of
from tests.intel.readers import SOME, counts, read, survives, taken

ZONE = """\
$TTL 600
@ SOA localhost. hostmaster.flux.example. (
    2026112101 ; serial
    300 60 259200 60 )
@ NS localhost.
; a comment
evil.example              CNAME .
*.evil.example            CNAME .
host.example  300 IN      CNAME *.
*.below.example           CNAME rpz-drop.
good.example              CNAME rpz-passthru.
old.example               CNAME old.example
tcp.example               CNAME rpz-tcp-only.
garden.example            A 192.0.2.1
                          TXT "why; not"
walled.example            CNAME sinkhole.flux.example.
16.0.0.8.8.rpz-ip         CNAME .
32.9.9.9.9.rpz-ip         CNAME rpz-passthru.
32.zz.fe.2620.rpz-ip      CNAME .
8.0.0.0.10.rpz-ip         CNAME .
ns1.badhost.example.rpz-nsdname CNAME .
24.0.1.8.8.rpz-nsip       CNAME .
24.0.2.0.192.rpz-client-ip CNAME .
999.1.2.3.4.rpz-ip        CNAME .
1.2.3.4.5.6.rpz-ip        CNAME .
"""


def test_triggers_and_actions_are_taken() -> None:
    feed = read(ZONE)
    assert feed.forms == ("rpz",)
    assert taken(ZONE) == [
        "domain evil.example",
        "host host.example",
        "below below.example",
        "+host good.example",
        "+host old.example",
        "host garden.example",
        "host walled.example",
        "network 8.8.0.0/16",
        "+address 9.9.9.9",
        "network 2620:fe::/32",
        "host ns1.badhost.example (name server)",
        "network 8.8.1.0/24 (name server)",
    ]
    assert counts(feed.tally) == {
        "a record without a policy": 4,
        "only sends the client to TCP": 1,
        "a private or reserved address": 1,
        "a trigger on clients": 1,
        "not a valid address": 1,
        "not a valid trigger": 1,
        "repeated": 1,
    }


def test_a_transferred_zone_has_absolute_names() -> None:
    zone = """\
rpz.flux.example. 60 IN SOA a. b. 1 2 3 4 5
rpz.flux.example. 60 IN NS a.
evil.example.rpz.flux.example. 60 IN CNAME .
elsewhere.example. 60 IN CNAME .
"""
    assert taken(zone) == ["host evil.example"]
    assert counts(read(zone).tally)["outside of the zone"] == 1


def test_the_origin_may_be_told() -> None:
    assert taken("$ORIGIN rpz.example.\nevil.example.rpz.example. CNAME .\n") == [
        "host evil.example"
    ]


def test_an_ordinary_zone_is_refused() -> None:
    zone = "$ORIGIN corp.example.\n@ SOA a. b. 1 2 3 4 5\nwww A 192.0.2.1\nftp CNAME www\n"
    with pytest.raises(UnreadableInputError, match="without any response policy"):
        read(zone)


@SOME
@given(st.ip_addresses(), st.integers(16, 32))
def test_networks_round_trip(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, bits: int
) -> None:
    network = ipaddress.ip_network((address, bits), strict=False)
    first = network.network_address
    if isinstance(first, ipaddress.IPv4Address):
        labels = str(first).split(".")
    elif first.ipv4_mapped is not None or "." in str(first):
        return
    else:
        shown = str(first).replace("::", ":zz:").strip(":")
        labels = shown.split(":")
    found = network_of(".".join([str(bits), *reversed(labels)]))
    assert found is not None
    assert ipaddress.ip_network(found) == network


@SOME
@given(st.text('$()";@ .\nCNAMEaSOrpz-i1', max_size=200))
def test_any_text_is_survived(text: str) -> None:
    survives(text.encode(), "rpz")


def test_parentheses_that_never_close_do_no_harm() -> None:
    survives(b"@ SOA ( " + b"1\n" * 20_000, "rpz")
