"""A made-up machine for tests of following: a log that is written, rotated and read by turns.

Time is made up: the follower's waiting runs the next action of the script, and files get times of
change that grow by a second with each action.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fluxhound.records import KEPT_COLUMN
from fluxhound.sources.follow import FollowedFile
from fluxhound.sources.live import Portion
from fluxhound.sources.tally import Tally

Action = Callable[[], object]
#: Idle looks after the script's end: more than the grace after a rotation.
IDLE_LOOKS = 30
START_NS = 1_795_507_200 * 10**9

HEADER = b"#separator \\x09\n#path\tdns\n"
HEADER += b"#fields\tts\tid.orig_h\tid.resp_h\tquery\tqtype_name\trcode_name\tanswers\tTTLs\n"
HEADER += b"#types\ttime\taddr\taddr\tstring\tstring\tstring\tvector[string]\tvector[interval]\n"


def zeek(number: int) -> bytes:
    return (
        f"{1_795_507_200 + number}.5\t192.0.2.9\t192.0.2.53\th{number}.example.com\tA\tNOERROR\t"
        f"203.0.113.{number % 250}\t60.0\n"
    ).encode()


def zeek_json(number: int) -> bytes:
    record = {
        "ts": 1_795_507_200.5 + number,
        "id.orig_h": "192.0.2.9",
        "id.resp_h": "192.0.2.53",
        "query": f"h{number}.example.com",
        "qtype_name": "A",
        "rcode_name": "NOERROR",
        "answers": [f"203.0.113.{number % 250}"],
        "TTLs": [60.0],
    }
    return json.dumps(record).encode() + b"\n"


class KilledError(BaseException):
    """The service died while it took a portion."""


def at_once(*actions: Action) -> Action:
    """Return one action of several: nobody looks between them."""

    def all_of_them() -> None:
        for action in actions:
            action()

    return all_of_them


@dataclass
class Keeper:
    """An outlet that commits every portion, or dies at the given ones."""

    dies_at: set[int] = field(default_factory=set)
    portions: list[Portion] = field(default_factory=list)
    position: str | None = None
    pressed: bool = False
    _count: int = 0

    def put(self, portion: Portion) -> None:
        self._count += 1
        if self._count in self.dies_at:
            raise KilledError
        self.portions.append(portion)
        if portion.position is not None:
            json.loads(portion.position)
            self.position = portion.position

    @property
    def rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for portion in self.portions:
            for batch in portion.batches:
                kept = batch
                if KEPT_COLUMN in batch.schema.names:
                    marks = batch.column(KEPT_COLUMN)
                    kept = batch.drop_columns([KEPT_COLUMN]).filter(marks)
                rows += kept.to_pylist()
        return rows

    @property
    def names(self) -> list[str]:
        return [row["name"] for row in self.rows]

    @property
    def numbers(self) -> list[int]:
        return [int(name.split(".")[0][1:]) for name in self.names]

    @property
    def tally(self) -> Tally:
        whole = Tally()
        for portion in self.portions:
            whole.records += portion.tally.records
            whole.observations += portion.tally.observations
            whole.bad += portion.tally.bad
            whole.passed_over += portion.tally.passed_over
        return whole


class Machine:
    """A folder with a log, its writer, and made-up time."""

    def __init__(self, folder: Path, name: str = "dns.log") -> None:
        self.folder = folder
        self.log = folder / name
        self.seconds = 0.0
        self.ticks = 0
        self.keeper = Keeper()
        self.follower: FollowedFile | None = None
        self.states: list[str] = []

    # Time.

    def clock(self) -> float:
        return self.seconds

    def now(self) -> int:
        return START_NS + self.ticks * 10**9

    def touch(self, path: Path) -> None:
        self.ticks += 1
        os.utime(path, ns=(self.now(), self.now()))

    # The writer.

    def write(self, octets: bytes, path: Path | None = None) -> None:
        path = path or self.log
        with path.open("ab") as file:
            file.write(octets)
        self.touch(path)

    def create(self, octets: bytes = b"") -> None:
        assert not self.log.exists()
        self.write(octets)

    # Rotation.

    def rename(self, to: str) -> Path:
        target = self.folder / to
        target.parent.mkdir(exist_ok=True)
        self.log.rename(target)
        return target

    def pack(self, path: Path) -> Path:
        packed = path.with_name(path.name + ".gz")
        packed.write_bytes(gzip.compress(path.read_bytes(), 1))
        shutil.copystat(path, packed)
        path.unlink()
        return packed

    def copy_truncate(self, to: str) -> Path:
        target = self.folder / to
        shutil.copyfile(self.log, target)
        self.touch(target)
        os.truncate(self.log, 0)
        self.touch(self.log)
        return target

    def shift(self, *, packed_from: int = 2) -> None:
        """Give each numbered file the next number, as logrotate does."""
        numbers = sorted(
            (int(p.name.removesuffix(".gz").rsplit(".", 1)[1]) for p in self.rotated()),
            reverse=True,
        )
        for number in numbers:
            for path in self.rotated():
                if path.name.removesuffix(".gz") == f"{self.log.name}.{number}":
                    suffix = ".gz" if path.name.endswith(".gz") else ""
                    moved = path.rename(path.with_name(f"{self.log.name}.{number + 1}{suffix}"))
                    if not suffix and number + 1 >= packed_from:
                        self.pack(moved)

    def rotated(self) -> list[Path]:
        return [p for p in self.folder.iterdir() if p.name.startswith(self.log.name + ".")]

    # The reader.

    def run(
        self,
        script: Iterable[Action] = (),
        *,
        path: str | Path | None = None,
        dies_at: Sequence[int] = (),
        idle: int = IDLE_LOOKS,
        **choices: Any,
    ) -> Keeper:
        """Follow until the script is over and nothing is left to read; go on where it stood."""
        actions = iter(script)
        stop = threading.Event()
        looks = 0

        def wait(event: threading.Event, seconds: float) -> None:
            nonlocal looks
            assert event is stop
            self.seconds += seconds
            action = next(actions, None)
            if action is not None:
                action()
                looks = 0
                return
            looks += 1
            if looks > idle:
                stop.set()

        choices.setdefault("start", "beginning")
        self.follower = FollowedFile(path or self.log, clock=self.clock, wait=wait, **choices)
        before = self.keeper
        self.keeper = Keeper(
            dies_at=set(dies_at), portions=before.portions, position=before.position
        )
        with contextlib.suppress(KilledError):
            self.follower.run(self.keeper, stop, self.keeper.position)
        return self.keeper

    def waits(self, looks: int) -> list[Action]:
        """Return a script of as many looks at nothing new."""
        return [lambda: None] * looks
