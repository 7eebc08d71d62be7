from __future__ import annotations

import pytest

from fluxhound.cli.responding.subjects import subject


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hxxp://Evil[.]lab/a", "evil.lab"),
        ("Bücher.lab.", "xn--bcher-kva.lab"),
        ("192.0.2.1", "192.0.2.1"),
    ],
)
def test_a_name_as_typed(typed: str, meant: str) -> None:
    assert subject(typed) == meant
