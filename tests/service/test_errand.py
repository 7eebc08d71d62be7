from __future__ import annotations

import threading

import pytest

from fluxhound.errors import StoreError
from fluxhound.service.errand import Errand


def test_one_piece_of_work_at_a_time() -> None:
    errand = Errand("test")
    errand.start()
    go, done = threading.Event(), threading.Event()
    assert errand.send(go.wait)  # type: ignore[arg-type]
    assert errand.busy
    assert not errand.send(done.set)
    go.set()
    while not errand.send(done.set):
        pass
    assert done.wait(10)
    errand.end(10)
    assert not errand.send(done.set)


@pytest.mark.parametrize("error", [RuntimeError("x"), StoreError("x")])
def test_failures_are_counted_and_the_thread_lives_on(error: Exception) -> None:
    errand = Errand("test")
    errand.start()
    done = threading.Event()

    def fail() -> None:
        raise error

    assert errand.send(fail)
    while not errand.send(done.set):
        pass
    assert done.wait(10)
    errand.end(10)
    assert errand.failures == 1
    assert errand.seconds >= 0
    assert errand.free_at > 0


def test_ending_what_never_began() -> None:
    Errand("test").end()
