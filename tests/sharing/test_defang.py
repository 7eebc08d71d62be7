from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.sharing.defang import defang, refang

TABLE = [
    ("evil.example", "evil[.]example"),
    ("a.b.evil.example", "a.b.evil[.]example"),
    ("evil.example.", "evil[.]example."),
    ("localhost", "localhost"),
    ("192.0.2.1", "192.0.2[.]1"),
    ("2001:db8::1", "2001[:]db8[:][:]1"),
    ("::ffff:192.0.2.1", "[:][:]ffff[:]192.0.2.1"),
    ("http://evil.example/a.php?b=c.d", "hxxp://evil[.]example/a.php?b=c.d"),
    ("https://evil.example", "hxxps://evil[.]example"),
    ("", ""),
]


@pytest.mark.parametrize(("live", "dead"), TABLE)
def test_defang_and_back(live: str, dead: str) -> None:
    assert defang(live) == dead
    assert refang(dead) == live


@pytest.mark.parametrize(
    "written",
    ["evil[.]example", "evil(.)example", "evil{.}example", "evil[dot]example", "evil(DOT)example",
     "evil[.example", "evil.]example", "evil.example"],
)  # fmt: skip
def test_other_ways_to_defang_are_understood(written: str) -> None:
    assert refang(written) == "evil.example"


@pytest.mark.parametrize(
    "written", ["hxxp[:]//evil[.]example", "hXXp[://]evil[.]example", "h**p://evil.example"]
)
def test_schemes_come_back(written: str) -> None:
    assert refang(written) == "http://evil.example"


LABEL = st.from_regex(r"[a-z0-9_][a-z0-9-]{0,10}", fullmatch=True)


@given(st.lists(LABEL, min_size=1, max_size=5).map(".".join))
def test_names_come_back(name: str) -> None:
    assert refang(defang(name)) == name
    assert defang(refang(defang(name))) == defang(name)
    assert "." not in name or "[.]" in defang(name)


@given(st.ip_addresses().map(str))
def test_addresses_come_back(address: str) -> None:
    assert refang(defang(address)) == address
    assert defang(address) != address


@given(st.text(max_size=60))
def test_any_text_is_taken(text: str) -> None:
    defang(text)
    refang(text)
