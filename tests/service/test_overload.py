"""A flood far beyond what is taken: it is pushed back, repeats are shed, every frame is counted."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from fluxhound.service import gathering
from fluxhound.service.gathering import Gathering, Line
from fluxhound.sources import tapconnection, tapframes
from fluxhound.sources.dnstap import CONTENT_TYPE
from fluxhound.sources.framestream import START
from fluxhound.sources.handshake import control_frame
from fluxhound.sources.live import SHED
from fluxhound.sources.sockets import UnixAddress
from fluxhound.sources.tap import DnstapInput
from fluxhound.sources.tapconnection import READ
from tests.servers.daemon import until
from tests.sources.tapping import RESOLVER, frame, response, sized

ROOM = 1 << 20
FLOOD_S = 3.0


class Taker:
    """Takes some portions a second from the line, or as fast as it can, and counts."""

    def __init__(self, line: Line) -> None:
        self.counts: Counter[str] = Counter()
        self.names: set[str] = set()
        self.shed_at = float("-inf")
        self.pause_s = 0.1
        self.over = threading.Event()
        self._line = line
        self.thread = threading.Thread(target=self._take)
        self.thread.start()

    def _take(self) -> None:
        while not self.over.is_set():
            for arrival in self._line.take(wait_s=0.05, most_rows=1):
                tally = arrival.portion.tally
                self.counts["records"] += tally.records
                self.counts["shed"] += tally.passed_over[SHED]
                self.counts["bad"] += tally.bad.total()
                for batch in arrival.portion.batches:
                    self.counts["rows"] += batch.num_rows
                    self.names.update(batch.column("name").to_pylist())
            time.sleep(self.pause_s)


def flood(writer: socket.socket) -> tuple[int, int, bool]:
    """Send for seconds: 50 repeats, one new name; return frames, new names, if it was pushed back.

    What is sent is whole: a frame that was begun is completed.
    """
    repeats = sized(*[frame(RESOLVER, response(f"same{at}.test.")) for at in range(10)] * 5)
    sent, new, pushed, end = 0, 0, False, time.monotonic() + FLOOD_S
    while time.monotonic() < end:
        piece = memoryview(repeats + sized(frame(RESOLVER, response(f"new{new}.test."))))
        while piece:
            with contextlib.suppress(TimeoutError):
                piece = piece[writer.send(piece) :]
                continue
            pushed = True
        sent, new = sent + 51, new + 1
    return sent, new, pushed


def test_flood_is_pushed_back_then_shed_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "PRESSED_AFTER_S", 0.2)
    monkeypatch.setattr(tapframes, "PORTION_ROWS", 500)
    monkeypatch.setattr(tapframes, "TOGETHER", 500)
    monkeypatch.setattr(tapconnection, "CUT", 32 << 10)
    line = Line(rows=10_000)
    one = DnstapInput(name="tap", address=UnixAddress(tmp_path / "s"), room=ROOM)
    inputs, taker = Gathering([one], line), Taker(line)
    inputs.start({})
    until((tmp_path / "s").exists)
    try:
        with socket.socket(socket.AF_UNIX) as writer:
            writer.connect(str(tmp_path / "s"))
            writer.settimeout(0.05)
            writer.sendall(control_frame(START, CONTENT_TYPE))
            sent, new, pushed = flood(writer)
            assert pushed
            assert one._room._used <= ROOM + READ
            taker.pause_s = 0.0
            until(lambda: taker.counts["records"] == sent, tell=lambda: (sent, taker.counts))
            assert taker.counts["shed"] > 0
            assert taker.counts["rows"] == sent - taker.counts["shed"]
            assert {f"new{at}.test" for at in range(new)} <= taker.names
            until(lambda: not line.pressed)
            before = taker.counts["shed"]
            writer.sendall(sized(*[frame(RESOLVER, response("same1.test."))] * 5))
            until(lambda: taker.counts["records"] == sent + 5)
            assert (taker.counts["shed"], taker.counts["bad"]) == (before, 0)
        until(lambda: one.health.connections == 0)
    finally:
        inputs.stop()
        until(lambda: not inputs.alive())
        taker.over.set()
        taker.thread.join()
