from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from fluxhound.errors import StoreError
from fluxhound.history.store import Store
from fluxhound.response.chain import linked
from fluxhound.response.changes import Change
from fluxhound.response.entries import Trigger
from fluxhound.response.storage import Hold, Override, Storage
from tests.response.responses import NOW, entry


@pytest.fixture
def storage() -> Iterator[Storage]:
    with Store() as store:
        yield Storage(store.connection.cursor())


def test_what_is_written_is_read(storage: Storage) -> None:
    entries = (entry("a.lab"), entry("a.lab", approved_by=""), entry("b.lab"))
    with storage.transaction():
        storage.write(Change(before=None, after=each) for each in entries)
    assert set(storage.entries()) == set(entries)
    with storage.transaction():
        storage.write([Change(before=entries[0], after=None)])
    assert set(storage.entries()) == set(entries[1:])


def fail(storage: Storage, error: Exception) -> None:
    with storage.transaction():
        storage.write([Change(before=None, after=entry())])
        raise error


def test_a_transaction_that_fails_leaves_nothing(storage: Storage) -> None:
    with pytest.raises(ZeroDivisionError):
        fail(storage, ZeroDivisionError())
    with pytest.raises(StoreError, match="Nothing was changed"):
        fail(storage, duckdb.Error("disk full"))
    assert storage.entries() == ()


def test_what_an_action_granted_is_released(storage: Storage) -> None:
    hold = Hold(trigger=Trigger.NAME, subject="a.lab", until=NOW, sentence="no.", action=3)
    lifted = Override(
        trigger=Trigger.NAME, subject="a.lab", brake="top-name", until=NOW, who="ann",
        reason="why", action=4,
    )  # fmt: skip
    storage.hold([hold])
    storage.lift(lifted)
    assert (storage.holds(), storage.overrides()) == ((hold,), (lifted,))
    assert hold.key == lifted.key == (Trigger.NAME, "a.lab")
    storage.release(3)
    assert (storage.holds(), storage.overrides()) == ((), (lifted,))
    storage.release(4)
    assert storage.overrides() == ()


def test_the_log_is_read_in_parts(storage: Storage) -> None:
    last = None
    for number in range(1003):
        last = linked(
            last, time="t", who="ann", kind="apply", document={"n": number}, raised=number % 2
        )
        storage.append(last)
    assert [link.number for link in storage.log()] == list(range(1, 1004))
    assert storage.last() == last
    assert [link.number for link in storage.raising(2)] == [1002, 1000]
    assert [link.number for link in storage.mentions('"n":100', most=2)] == [1002, 1003]
    assert storage.link(7) == next(link for link in storage.log() if link.number == 7)
    assert storage.link(0) is None
