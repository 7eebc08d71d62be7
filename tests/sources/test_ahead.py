from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

import pyarrow as pa
import pytest

from fluxhound.errors import CorruptInputError
from fluxhound.sources.ahead import WAITING, ahead


def batch(number: int) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"number": [number]})


def numbers(batches: Iterator[pa.RecordBatch]) -> list[int]:
    return [each.column("number")[0].as_py() for each in batches]


def never() -> None:
    raise AssertionError


@pytest.mark.parametrize("count", [0, 1, 50])
def test_batches_come_in_order(count: int) -> None:
    with ahead(map(batch, range(count)), release=never) as batches:
        assert numbers(batches) == list(range(count))


def test_they_are_made_in_another_thread() -> None:
    def made() -> Iterator[pa.RecordBatch]:
        yield batch(threading.get_ident())

    with ahead(made(), release=never) as batches:
        assert numbers(batches) != [threading.get_ident()]


def test_what_is_raised_comes_after_what_was_made() -> None:
    def made() -> Iterator[pa.RecordBatch]:
        yield batch(1)
        raise CorruptInputError

    seen: list[int] = []
    with pytest.raises(CorruptInputError), ahead(made(), release=never) as batches:
        seen.extend(each.column("number")[0].as_py() for each in batches)
    assert seen == [1]


def test_leaving_early_ends_the_thread_wherever_it_waits() -> None:
    waiting: queue.Queue[None] = queue.Queue()
    ended = threading.Event()

    def made() -> Iterator[pa.RecordBatch]:
        try:
            yield batch(1)
            waiting.get()
        finally:
            ended.set()

    with ahead(made(), release=lambda: waiting.put(None)) as batches:
        next(batches)
    assert ended.is_set()


def test_no_more_is_made_than_may_wait() -> None:
    made: list[int] = []

    def making() -> Iterator[pa.RecordBatch]:
        for number in range(100):
            made.append(number)
            yield batch(number)

    with ahead(making(), release=lambda: None) as batches:
        next(batches)
    assert len(made) <= WAITING + 3
