from __future__ import annotations

import dns.exception
import dns.name
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.lab.writing.names import wire
from tests.lab.writing.made import NAME


def octets(names: list[str]) -> list[bytes | None]:
    found = wire(pa.array(names, pa.string()))
    return [
        found.octets[start : start + size].tobytes() if sound else None
        for start, size, sound in zip(
            found.starts.tolist(), found.sizes.tolist(), found.sound.tolist(), strict=True
        )
    ]


@given(st.lists(NAME, max_size=6))
def test_plain_names_travel_as_another_library_has_them(names: list[str]) -> None:
    assert octets(names) == [dns.name.from_text(name).to_wire() for name in names]


@pytest.mark.parametrize("beside", [[], ["a\\.b.example"]])  # alone, and in a batch with escapes
@pytest.mark.parametrize(
    "name",
    [
        *(
            "example",
            "a.example.",
            "A.Example",
            "a\\044b.example",
            "a\\.b.example",
            "a\\\\.example",
        ),
        *(".".join(["a" * 63] * 3), "a" * 64 + ".example", ".".join(["a" * 63] * 4), "a..example"),
        *(".a", "a\\999.example", "\\000.example", "a\\.", "."),
    ],
)
def test_odd_names(name: str, beside: list[str]) -> None:
    try:
        expected = dns.name.from_text(name).to_wire() if name != "." else None
    except dns.exception.DNSException:
        expected = None
    assert octets([name, *beside])[0] == expected


def test_letters_outside_ascii_travel_as_utf8() -> None:
    assert octets(["bücher.example"]) == [b"\x07b\xc3\xbccher\x07example\x00"]
    assert octets([""]) == [None]
    assert octets([]) == []
