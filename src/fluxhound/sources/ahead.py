"""Reading ahead: what makes batches works in a thread of its own, beside what takes them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pyarrow as pa

Batches = Generator[pa.RecordBatch] | Iterator[pa.RecordBatch]

#: Batches that wait to be taken, at most. Chosen: one is taken while the next two are made.
WAITING = 2
_POLL_S = 0.2


class _Ahead:
    """The thread, and the queue between it and those who take."""

    def __init__(self, batches: Batches) -> None:
        self.done = False
        self._batches = batches
        self._queue: queue.Queue[pa.RecordBatch | None] = queue.Queue(WAITING)
        self._stopped = threading.Event()
        self._executor = ThreadPoolExecutor(1)
        self._made = self._executor.submit(self._make)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        while (batch := self._queue.get()) is not None:
            yield batch
        self._made.result()  # raises what the thread raised

    def stop(self) -> None:
        self._stopped.set()

    def join(self) -> None:
        self._executor.shutdown()

    def _make(self) -> None:
        try:
            for batch in self._batches:
                if not self._put(batch):
                    return
        finally:
            self.done = True
            self._put(None)

    def _put(self, batch: pa.RecordBatch | None) -> bool:
        while not self._stopped.is_set():
            try:
                self._queue.put(batch, timeout=_POLL_S)
            except queue.Full:
                continue
            return True
        return False


@contextmanager
def ahead(batches: Batches, *, release: Callable[[], None]) -> Iterator[Iterator[pa.RecordBatch]]:
    """Give *batches*, made in a thread while earlier ones are used; what they raise is raised here.

    When the block is left early, *release* must end whatever the thread may wait for, as closing
    its input does. The thread has ended when this returns: at the end of the program no thread may
    be left within a library.
    """
    made = _Ahead(batches)
    try:
        yield iter(made)
    finally:
        made.stop()
        if not made.done:
            release()
        made.join()
