from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fluxhound.sources.evechain import rrsets

NAMES = st.sampled_from(["a.example", "A.EXAMPLE", "b.example", "c.example", "d.example"])
RECORDS = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {"rrname": NAMES, "rrtype": st.just("CNAME"), "ttl": st.just(9.0), "rdata": NAMES}
        ),
        st.fixed_dictionaries(
            {
                "rrname": NAMES,
                "rrtype": st.just("A"),
                "ttl": st.sampled_from([1.0, 5.0, None]),
                "rdata": st.sampled_from(["192.0.2.1", "192.0.2.2"]),
            }
        ),
    ),
    max_size=8,
)


def record(owner: str, kind: str, rdata: str, ttl: float | None = 60.0) -> dict[str, object]:
    return {"rrname": owner, "rrtype": kind, "ttl": ttl, "rdata": rdata}


def test_a_chain_in_any_order() -> None:
    answers = [
        record("c.example", "A", "192.0.2.1", 5.0),
        record("B.example", "CNAME", "c.example"),
        record("a.EXAMPLE", "CNAME", "b.example"),
        record("evil.example", "A", "192.0.2.66"),
    ]
    assert list(rrsets("a.example", answers)) == [
        ("a.example", "A", ["b.example", "c.example", "192.0.2.1"], 5.0),
        ("evil.example", "A", ["192.0.2.66"], 60.0),
    ]


def test_a_loop_ends() -> None:
    answers = [
        record("a.example", "CNAME", "b.example"),
        record("b.example", "CNAME", "a.example"),
        record("a.example", "A", "192.0.2.1"),
    ]
    [(_, _, names, _)] = rrsets("a.example", answers)
    assert names == ["b.example", "192.0.2.1"]


@given(RECORDS)
def test_every_address_is_in_one_rrset(records: list[dict[str, object]]) -> None:
    addresses = [r["rdata"] for r in records if r["rrtype"] == "A"]
    found = [
        value
        for _, _, values, _ in rrsets("a.example", records)
        for value in values
        if value.startswith("192.")
    ]
    assert sorted(found) == sorted(map(str, addresses))
