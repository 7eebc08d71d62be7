from __future__ import annotations

import os
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.response.sinkhole.fingerprints import GREASE, ja3, ja3_text, ja4, ja4_parts
from fluxhound.response.sinkhole.hello import Hello, read_hello
from tests.response.sinkhole.greeting import KNOWN

TSHARK = shutil.which("tshark")
TEXT2PCAP = shutil.which("text2pcap")


def numbers(text: str) -> tuple[int, ...]:
    return tuple(int(each, 16) for each in text.split(","))


#: The worked example of the JA4 technical details, in the order in which the client sent it.
SPECIFIED = Hello(
    version=0x0303,
    ciphers=numbers("1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035"),
    extensions=numbers(
        "001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015"
    ),
    signatures=numbers("0403,0804,0401,0503,0805,0501,0806,0601"),
    versions=(0x0304, 0x0303),
    alpn=(b"h2", b"http/1.1"),
    server_name=b"a.example",
)
#: A Chrome 143 whose fingerprints a public test page told: JA4, JA3 and what both hash.
CHROME = Hello(
    version=0x0303,
    ciphers=SPECIFIED.ciphers,
    extensions=numbers(
        "002d,0033,0010,fe0d,0017,44cd,0000,000b,000a,002b,ff01,0023,0012,0005,000d,001b"
    ),
    groups=(4588, 29, 23, 24),
    point_formats=(0,),
    signatures=SPECIFIED.signatures,
    versions=(0x0304, 0x0303),
    alpn=(b"h2", b"http/1.1"),
)


def test_the_worked_example_of_the_definition() -> None:
    assert ja4(SPECIFIED) == "t13d1516h2_8daaf6152771_e5627efa2ab1"
    bare = Hello(extensions=SPECIFIED.extensions)
    assert ja4(bare).endswith("_000000000000_6d807ffa2a79")


def test_a_browser() -> None:
    assert ja4(CHROME) == "t13d1516h2_8daaf6152771_d8a2da3f94cd"
    assert ja3(CHROME) == "98487aa16281980e7d1120d399efb6a4"


@pytest.mark.parametrize("name", KNOWN)
def test_real_clients_as_others_see_them(name: str) -> None:
    known = KNOWN[name]
    hello = read_hello(known.octets).hello
    assert hello is not None
    assert (ja3(hello), ja3_text(hello)) == (known.ja3, known.ja3_text)
    assert ja4(hello) == known.ja4


@pytest.mark.parametrize(
    ("first", "characters"),
    [
        (b"h2", "h2"),
        (b"http/1.1", "h1"),
        (b"x", "xx"),
        (b"", "00"),
        (b"\xab", "ab"),
        (b"\xab\xcd", "ad"),
        (b"0\xab", "3b"),
        (b"01\xab\xcd", "3d"),
        (b"0\xab\xcd1", "01"),
    ],
)
def test_the_protocol_as_the_definition_has_it(first: bytes, characters: str) -> None:
    assert ja4_parts(Hello(alpn=(first,)))[0].endswith(characters)


@pytest.mark.parametrize(
    ("version", "versions", "shown"),
    [
        (0x0303, (0x0304, 0x0A0A), "13"),
        (0x0301, (), "10"),
        (0x0300, (), "s3"),
        (0x0002, (), "s2"),
        (0x7777, (), "00"),
        (0x0303, (0x2A2A,), "12"),
    ],
)
def test_the_version(version: int, versions: tuple[int, ...], shown: str) -> None:
    assert ja4(Hello(version=version, versions=versions))[1:3] == shown


def test_nothing_is_told_as_nothing() -> None:
    assert ja4(Hello()) == "t00i000000_000000000000_000000000000"
    assert ja3_text(Hello()) == "0,,,,"


lists = st.lists(st.integers(0, 0xFFFF), max_size=120).map(tuple)


@given(ciphers=lists, extensions=lists, groups=lists, signatures=lists, drawn=st.data())
def test_what_clients_mix_in_changes_nothing(
    ciphers: tuple[int, ...],
    extensions: tuple[int, ...],
    groups: tuple[int, ...],
    signatures: tuple[int, ...],
    drawn: st.DataObject,
) -> None:
    def mixed(values: tuple[int, ...]) -> tuple[int, ...]:
        at = drawn.draw(st.integers(0, len(values)))
        return (*values[:at], drawn.draw(st.sampled_from(sorted(GREASE))), *values[at:])

    plain = Hello(ciphers=ciphers, extensions=extensions, groups=groups, signatures=signatures)
    other = Hello(
        ciphers=mixed(ciphers),
        extensions=mixed(extensions),
        groups=mixed(groups),
        signatures=mixed(signatures),
    )
    assert (ja3(plain), ja4(plain)) == (ja3(other), ja4(other))
    assert len(ja4(plain)) == 36


@given(st.permutations(SPECIFIED.extensions), st.permutations(SPECIFIED.ciphers))
def test_ja4_does_not_depend_on_the_order(extensions: list[int], ciphers: list[int]) -> None:
    shuffled = Hello(
        versions=(0x0304,),
        ciphers=tuple(ciphers),
        extensions=tuple(extensions),
        signatures=SPECIFIED.signatures,
        alpn=SPECIFIED.alpn,
    )
    assert ja4(shuffled) == ja4(SPECIFIED)


def hello_of(context: ssl.SSLContext) -> bytes:
    """Return what a client of this interpreter says first."""
    outward = ssl.MemoryBIO()
    talk = context.wrap_bio(ssl.MemoryBIO(), outward, server_hostname="evil.example")
    with pytest.raises(ssl.SSLWantReadError):
        talk.do_handshake()
    return outward.read()


def as_capture(octets: bytes, folder: Path) -> Path:
    lines = [f"{at:06x} {octets[at : at + 16].hex(' ')}\n" for at in range(0, len(octets), 16)]
    text, capture = folder / "hello.txt", folder / "hello.pcap"
    text.write_text("".join(lines), encoding="ascii")
    assert TEXT2PCAP
    subprocess.run(
        [TEXT2PCAP, "-q", "-T", "40000,443", str(text), str(capture)],
        check=True,
        capture_output=True,
    )
    return capture


@pytest.mark.skipif(not (TSHARK and TEXT2PCAP), reason="no tshark here")
@pytest.mark.parametrize(
    "ciphers", ["DEFAULT", "ECDHE+AESGCM", "ALL:@SECLEVEL=0", "ECDHE-RSA-CHACHA20-POLY1305"]
)
def test_tshark_says_the_same_of_a_new_hello(ciphers: str, tmp_path: Path) -> None:
    context = ssl.create_default_context()
    context.set_ciphers(ciphers)
    octets = hello_of(context)
    fields = ["-e", "tls.handshake.ja3", "-e", "tls.handshake.ja3_full"]
    run = subprocess.run(
        [str(TSHARK), "-r", str(as_capture(octets, tmp_path)), "-T", "fields", *fields],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "HOME": str(tmp_path)},
    )
    hello = read_hello(octets).hello
    assert hello is not None
    assert run.stdout.split() == [ja3(hello), ja3_text(hello)]
