from __future__ import annotations

import numpy as np
import pyarrow as pa

from fluxhound.lab.sensor import AAAA, NS, A, Seen, aggregated, logged, lossy, mixed_case
from fluxhound.lab.vantage import Vantage
from tests.lab.worlds import numbers

SEEN = Seen(
    time=numbers(5_000_000, 1_000_000, 9_000_000, 2_000_000),
    name=numbers(0, 0, 0, 1),
    names=pa.array(["a.example", "b.example"]),
    kind=numbers(A, A, A, NS),
    answer=numbers(0, 0, 1, 2),
    answers=pa.array(["192.0.2.1", "192.0.2.2", "ns1.example"]),
    ttl=numbers(60, 50, 60, 3600),
    client=numbers(3, -1, 0, 1),
    resolver=numbers(0, 1, 0, 0),
)


def test_a_log_has_one_row_for_each_response() -> None:
    found = logged(SEEN, 100.0, Vantage(), 1)
    assert found["time"].to_pylist() == [105.0, 101.0, 109.0, 102.0]
    assert found["name"].to_pylist() == ["a.example"] * 3 + ["b.example"]
    assert found["type"].to_pylist() == ["A", "A", "A", "NS"]
    assert found["answers"].to_pylist()[2:] == ["192.0.2.2", "ns1.example"]
    assert found["client"].to_pylist() == ["10.0.1.3", "10.1.0.53", "10.0.1.0", "10.0.1.1"]
    assert found["sensor"].to_pylist() == ["10.0.0.53", "10.1.0.53", "10.0.0.53", "10.0.0.53"]


def test_passive_dns_has_one_row_for_each_answer_set() -> None:
    found = aggregated(SEEN, 100.0)
    rows = sorted(zip(*(found[c].to_pylist() for c in found), strict=True))
    assert rows == [
        (101.0, "a.example", "A", "192.0.2.1", 105.0, 2),
        (102.0, "b.example", "NS", "ns1.example", 102.0, 1),
        (109.0, "a.example", "A", "192.0.2.2", 109.0, 1),
    ]


def test_losses_are_as_many_as_the_share_says() -> None:
    many = SEEN.at(np.zeros(20_000, np.int64))
    many = Seen(**{n: getattr(many, n) for n in Seen.__slots__} | {"time": np.arange(20_000)})
    left = lossy(many, Vantage(loss=0.2), 3)
    assert 0.77 < len(left) / len(many) < 0.83
    assert lossy(SEEN, Vantage(), 3) is SEEN


def test_case_is_mixed_in_letters_alone() -> None:
    names = pa.array(["www-1.example.com"] * 200).slice(50)
    chosen = np.arange(150) % 2 == 0
    found = mixed_case(names, chosen, 1).to_pylist()
    assert {name.lower() for name in found} == {"www-1.example.com"}
    assert all(name == "www-1.example.com" for name in found[1::2])
    assert len(set(found[::2])) > 50
    assert mixed_case(names, ~chosen & chosen, 1) is names


def test_kinds_have_numbers() -> None:
    assert (A, AAAA, NS) == (0, 1, 2)
