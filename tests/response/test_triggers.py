import ipaddress

import dns.name
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.response import triggers
from fluxhound.response.entries import Entry, Trigger
from fluxhound.response.triggers import UnfitError, checked, network_owner, octets, owners
from tests.response.rules import entry, passing

NETWORKS = st.one_of(
    st.builds(
        lambda address, length: ipaddress.ip_network((address, length), strict=False),
        st.ip_addresses(v=4),
        st.integers(8, 32),
    ),
    st.builds(
        lambda address, length: ipaddress.ip_network((address, length), strict=False),
        st.ip_addresses(v=6)
        | st.lists(st.sampled_from([0, 0, 0, 1, 0xDB8]), min_size=8, max_size=8).map(
            lambda groups: ipaddress.IPv6Address(
                b"".join(each.to_bytes(2) for each in (0x2001, *groups[1:]))
            )
        ),
        st.integers(19, 128),
    ),
)


def wire(name: dns.name.Name) -> bytes:
    octets = name.to_wire()
    assert octets
    return octets


def decoded(owner: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """Read it as the draft says, written without a look at the encoder."""
    length, *reverse = owner.split(".")
    parts = reverse[::-1]
    if len(parts) == 4 and "zz" not in parts:
        return ipaddress.IPv4Network(f"{'.'.join(parts)}/{length}")
    at = parts.index("zz") if "zz" in parts else 0
    if "zz" in parts:
        parts[at : at + 1] = ["0"] * (9 - len(parts))
    return ipaddress.IPv6Network(f"{':'.join(parts)}/{length}")


@given(NETWORKS)
def test_networks_come_back(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> None:
    owner = network_owner(str(network))
    assert decoded(owner) == network
    assert owner.count("zz") <= 1
    assert dns.name.from_text(f"{owner}.rpz-nsip.block.rpz.fluxhound.")


@pytest.mark.parametrize(
    ("network", "owner"),
    [
        ("192.0.2.0/24", "24.0.2.0.192"),
        ("192.0.2.7", "32.7.2.0.192"),
        ("2001:db8::/32", "32.zz.db8.2001"),
        ("2001:db8::1/128", "128.1.zz.db8.2001"),
        ("2001:db8:0:1:0:0:0:5/128", "128.5.zz.1.0.db8.2001"),
        ("2001:0:0:1:0:0:1:1/128", "128.1.1.0.0.1.zz.2001"),  # the first of equal runs
        ("2001:db8:1:2:3:4:0:5/128", "128.5.0.4.3.2.1.db8.2001"),  # one zero alone is no run
        ("2001:db8:1:2:3:4:5:6/128", "128.6.5.4.3.2.1.db8.2001"),
        ("::ffff:192.0.2.1/128", "128.201.c000.ffff.zz"),
    ],
)
def test_networks_are_encoded_in_the_one_form(network: str, owner: str) -> None:
    assert network_owner(network) == owner


@pytest.mark.parametrize(
    ("network", "reason"),
    [
        ("192.0.2.1/24", triggers.NO_NETWORK),
        ("bad.example", triggers.NO_NETWORK),
        ("", triggers.NO_NETWORK),
        ("10.0.0.0/7", triggers.WIDE),
        ("0.0.0.0/0", triggers.WIDE),
        ("2001::/16", triggers.WIDE),
    ],
)
def test_networks_that_are_none_or_too_large_are_refused(network: str, reason: str) -> None:
    with pytest.raises(UnfitError, match=reason):
        network_owner(network)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (entry("bad.example"), ("bad.example", "*.bad.example")),
        (entry("www.bad.example", exact=True), ("www.bad.example",)),
        (
            entry("ns1.bad.example", trigger=Trigger.NSDNAME, exact=True),
            ("ns1.bad.example.rpz-nsdname",),
        ),
        (
            entry("bad.example", trigger=Trigger.NSDNAME),
            ("bad.example.rpz-nsdname", "*.bad.example.rpz-nsdname"),
        ),
        (entry("192.0.2.0/24", trigger=Trigger.NSIP), ("24.0.2.0.192.rpz-nsip",)),
        (entry("192.0.2.1", trigger=Trigger.ADDRESS), ("32.1.2.0.192.rpz-ip",)),
        (passing("lan"), ("lan", "*.lan")),
    ],
)
def test_triggers_have_their_owners(made: Entry, expected: tuple[str, ...]) -> None:
    assert owners(made, 20) == expected


@pytest.mark.parametrize(
    ("subject", "reason"),
    [
        ("", triggers.NO_NAME),
        (".", triggers.NO_NAME),
        ("a..example", triggers.NO_NAME),
        ("bad.example.", triggers.NO_NAME),
        ("b\u00fccher.example", triggers.NO_NAME),
        ("x" * 64 + ".example", triggers.NO_NAME),
        (r"a\999.example", triggers.NO_NAME),
        ("a\\", triggers.NO_NAME),
        ("*.example", triggers.WILD),
        ("a.*.example", triggers.WILD),
        (r"\042.example", triggers.WILD),
        ("32.1.2.0.192.rpz-ip", triggers.SPECIAL),
        ("ns.example.RPZ-NSDNAME", triggers.SPECIAL),
        ("com", triggers.TOP),
        (".".join(["x" * 60] * 4), triggers.TOO_LONG),
    ],
)
def test_names_that_would_say_something_else_are_refused(subject: str, reason: str) -> None:
    with pytest.raises(UnfitError, match=reason.partition("…")[0]):
        owners(entry(subject), 21)


def test_the_longest_rule_just_fits_with_the_zone() -> None:
    zone = "block.rpz.fluxhound"
    suffix = octets(zone) + 1
    room = 255 - suffix - 2  # the wildcard's own label
    name = ".".join(["x" * 49] * (room // 50) + ["y" * (room % 50 - 1)])
    for owner in owners(entry(name), suffix):
        assert len(wire(dns.name.from_text(f"{owner}.{zone}."))) <= 255
    with pytest.raises(UnfitError, match=triggers.TOO_LONG):
        owners(entry(f"y{name}"), suffix)


@given(
    st.lists(st.binary(min_size=1, max_size=20).filter(lambda x: x != b"*"), min_size=1, max_size=5)
)
def test_any_name_has_one_form_that_another_library_reads_alike(labels: list[bytes]) -> None:
    text = triggers.presented(labels)
    name = dns.name.from_text(text)
    assert name.labels == (*(each.lower() for each in labels), b"")
    assert octets(text) == len(wire(name)) - 1
    if not labels[-1].lower().startswith(b"rpz-"):
        assert checked(name.to_text(omit_final_dot=True)) == text


@given(st.text(max_size=80))
def test_any_text_is_a_name_or_refused(text: str) -> None:
    try:
        found = checked(text)
    except UnfitError:
        return
    assert dns.name.from_text(found).to_text(omit_final_dot=True)
