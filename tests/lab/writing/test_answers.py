from __future__ import annotations

from fluxhound.lab.writing.answers import take_apart
from tests.lab.writing.made import batch, row


def test_answers_are_taken_apart() -> None:
    rows = batch(
        [
            row(answers="b.example,c.example,192.0.2.1,192.0.2.2"),
            row(type="NS", name="example", answers="ns1.example,ns2.example"),
            row(type="AAAA", answers="2001:db8::,2001:db8::ab"),
        ]
    )
    found = take_apart(rows)
    assert found.counts.tolist() == [4, 2, 2]
    assert found.chain.tolist() == [2, 0, 0]
    assert found.alias.tolist() == [True, True] + [False] * 6
    assert found.place.tolist() == [0, 1, 2, 3, 0, 1, 0, 1]
    assert found.owner.tolist() == [-1, 0, 1, 1, -1, -1, -1, -1]
    names = found.owner_names(rows.column("name")).to_pylist()
    assert names[:4] == ["a.example", "b.example", "c.example", "c.example"]
    assert names[4:] == ["example", "example", "a.example", "a.example"]


def test_without_chains_every_owner_is_the_name() -> None:
    rows = batch([row(answers="192.0.2.1,192.0.2.2"), row(name="b.example")])
    names = take_apart(rows).owner_names(rows.column("name")).to_pylist()
    assert names == ["a.example", "a.example", "b.example"]
    assert take_apart(batch([])).values.to_pylist() == []
