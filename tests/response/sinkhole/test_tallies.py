from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fluxhound.response.sinkhole.limits import Limits
from fluxhound.response.sinkhole.tallies import OTHERS, Tallies
from tests.response.sinkhole.making import NOW, asking, greeting, visit

NARROW = Limits(keys_per_client=3, rows_per_hour=6)


def test_equal_visits_are_one_row() -> None:
    tallies = Tallies(Limits())
    for at in range(100):
        tallies.add(asking("evil.example", at=at, client_port=1_000 + at))
    (row,) = tallies.rows()
    assert row == (
        int(NOW // 3600), "10.0.0.7", "evil.example", "198.51.100.1", 80, "http", "",
        "", "bot/1", "/", "", 1_099, NOW, NOW + 99, 100, 10_000, 100, 0, 0,
    )  # fmt: skip
    tallies.clear()
    assert tallies.rows() == []


def test_what_tells_rows_apart() -> None:
    tallies = Tallies(Limits())
    for each in (
        asking("a.example"),
        asking("b.example"),
        asking("a.example", "10.0.0.8"),
        asking("a.example", port=8_080),
        asking("a.example", address="198.51.100.2"),
        asking("a.example", at=3_600),
        greeting("a.example"),
    ):
        tallies.add(each)
    assert len(tallies) == 7


def test_a_client_with_many_names_stays_a_few_rows() -> None:
    tallies = Tallies(NARROW)
    for at in range(100):
        tallies.add(asking(f"n{at}.example"))
    assert len(tallies) == 4
    assert min(str(row[2]) for row in tallies.rows()) == OTHERS
    assert tallies.folded == 97
    tallies.add(asking("n1.example"))  # what has a row goes on having it
    assert tallies.folded == 97


def test_raw_octets_are_kept_as_a_sample() -> None:
    tallies = Tallies(Limits())
    tallies.add(visit(first=b"\x00\x01bot"))
    assert tallies.rows()[0][10] == "0001626f74"


clients = st.integers(0, 400).map(lambda at: f"10.{at % 3}.{at // 100}.{at % 100}")


@given(st.lists(st.tuples(clients, st.integers(0, 30), st.integers(0, 7_200)), max_size=300))
def test_every_visit_is_in_a_row_and_the_rows_are_bounded(
    visits: list[tuple[str, int, int]],
) -> None:
    tallies = Tallies(NARROW)
    for client, name, at in visits:
        tallies.add(asking(f"n{name}.example", client, at))
    assert sum(int(str(row[14])) for row in tallies.rows()) == len(visits)
    assert len(tallies) <= 2 * NARROW.rows_per_hour + 3
