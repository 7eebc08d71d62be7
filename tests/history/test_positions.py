from __future__ import annotations

from pathlib import Path

import pytest

from fluxhound.errors import StoreError
from fluxhound.history.positions import note_live, read_positions, set_positions
from fluxhound.history.store import KnownInput, Store


def note(store: Store, name: str, *, records: int = 10, missing: tuple[str, ...] = ("ttl",)) -> int:
    return note_live(
        store, name, format="dnstap", records=records, observations=7, not_observable=missing
    )


def test_positions_are_there_when_opened_again_and_the_last_one_counts(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with Store(path) as store:
        assert read_positions(store.connection) == {}
        with store.transaction():
            set_positions(store.connection, {"a": "1", "b": '{"offset": 2}'}, now=1.0)
        with store.transaction():
            set_positions(store.connection, {"a": "3"}, now=2.0)
    with Store(path) as store:
        assert read_positions(store.connection) == {"a": "3", "b": '{"offset": 2}'}
        times = store.connection.execute("SELECT updated FROM position ORDER BY input").fetchall()
        assert times == [(2.0,), (1.0,)]


def add_and_fail(store: Store) -> None:
    with store.transaction():
        note(store, "a")
        set_positions(store.connection, {"a": "2"}, now=2.0)
        raise StoreError


def test_a_position_goes_back_with_what_was_read_up_to_it() -> None:
    with Store() as store:
        with store.transaction():
            set_positions(store.connection, {"a": "1"}, now=1.0)
        with pytest.raises(StoreError):
            add_and_fail(store)
        assert read_positions(store.connection) == {"a": "1"}
        assert store.inputs() == ()


def test_a_live_input_is_one_input_with_one_number_and_its_counts_add_up() -> None:
    with Store() as store:
        numbers = []
        for name in ("a", "b", "a"):
            with store.transaction():
                numbers.append(note(store, name))
        assert numbers == [1, 2, 1]
        first, second = store.inputs()
        assert (first.name, first.records, first.observations) == ("a", 20, 14)
        assert (second.name, second.records, second.not_observable) == ("b", 10, ("ttl",))


def test_several_inputs_of_one_transaction_have_numbers_of_their_own() -> None:
    with Store() as store:
        with store.transaction():
            numbers = [note(store, name) for name in ("a", "b", "c")]
        assert numbers == [1, 2, 3]


def test_what_cannot_be_seen_follows_the_format_once_it_is_known() -> None:
    with Store() as store:
        with store.transaction():
            note(store, "a", missing=())
            note(store, "a", missing=("name-servers",))
        assert store.inputs()[0].not_observable == ("name-servers",)


def test_live_inputs_are_no_known_contents() -> None:
    known = KnownInput(
        digest="zeek:abc",
        name="dns.log",
        format="zeek",
        records=1,
        observations=1,
        not_observable=(),
        source=1,
        length=5,
    )
    with Store() as store:
        with store.transaction():
            store.remember(known)
            assert note(store, "abc") == 2
        assert store.contents() == {5: frozenset({"abc"})}
        assert store.next_source() == 3
        with store.transaction():
            store.forget("zeek:abc")
        assert [each.name for each in store.inputs()] == ["abc"]
        assert store.contents() == {}
