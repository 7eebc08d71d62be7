"""The column operations give what following the chain record by record gives."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.sources.evechain import rrsets
from fluxhound.sources.suricata import FORMAT
from tests.reading import brief, read

NAMES = st.sampled_from(["a.example", "A.example", "b.example", "c.example"])
ADDRESSES = st.sampled_from(["192.0.2.1", "192.0.2.2", "192.0.2.3"])


@st.composite
def records(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw answers whose CNAMEs form no loop apart from the chain, which columns cannot tell."""
    order = ["a.example", "b.example", "c.example"]
    length = draw(st.integers(0, 2))
    chain = [
        {"rrname": order[i], "rrtype": "CNAME", "ttl": 5.0, "rdata": order[i + 1]}
        for i in range(length)
    ]
    owners = st.sampled_from([order[length], order[length].upper(), "other.example"])
    addresses = [
        {
            "rrname": draw(owners),
            "rrtype": "A",
            "ttl": draw(st.sampled_from([1.0, 9.0])),
            "rdata": a,
        }
        for a in draw(st.lists(ADDRESSES, max_size=4))
    ]
    return [*chain, *addresses]


@settings(max_examples=20, deadline=None)
@given(st.lists(records(), min_size=1, max_size=5))
def test_columns_equal_the_chain(responses: list[list[dict[str, Any]]]) -> None:
    lines = []
    expected = []
    for number, answers in enumerate(responses):
        time = f"2026-11-24T08:00:{number:02d}.000000+0000"
        dns = {"version": 2, "type": "answer", "rrname": "a.example", "answers": answers}
        lines.append(json.dumps({"timestamp": time, "event_type": "dns", "dns": dns}))
        expected += [
            (1795507200 + number, name, kind, ",".join(values), ttl)
            for name, kind, values, ttl in rrsets("a.example", answers)
        ]
    rows, _ = read(FORMAT, "\n".join(lines).encode())
    assert sorted((row["time"], *brief(row)) for row in rows) == sorted(expected)
