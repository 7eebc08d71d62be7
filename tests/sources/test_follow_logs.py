"""Folders and patterns, trouble on the way, and how it is told."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from fluxhound.errors import UnreadableInputError
from fluxhound.sources import follow, succession, watched
from fluxhound.sources.logfile import GrowingFile, open_log
from fluxhound.sources.packedfile import PackedFile
from tests.following import HEADER, Action, Machine, at_once, zeek, zeek_json

LINES = [zeek_json(number) for number in range(400)]


def several(folder: Path) -> tuple[Machine, Machine]:
    return Machine(folder, "dns_a.log"), Machine(folder, "dns_b.log")


@pytest.mark.parametrize("pattern", ["dns*", "dns_?.log", ""])
def test_every_log_is_followed(tmp_path: Path, pattern: str) -> None:
    one, two = several(tmp_path)
    one.create(LINES[0])
    path = tmp_path / pattern

    def rotate() -> None:
        one.write(LINES[3])
        one.rename("dns_a.1.log")
        one.create(LINES[4])

    one.run(
        [
            *one.waits(20),
            lambda: two.create(LINES[1]),
            *one.waits(20),
            lambda: (tmp_path / "noise.log").write_bytes(b"something else\n" * 9999),
            lambda: one.write(LINES[2]),
            rotate,
        ],
        path=path,
    )
    assert sorted(one.keeper.numbers) == [0, 1, 2, 3, 4]
    two.write(LINES[5])
    one.write(LINES[6])
    one.touch(one.log)
    Machine(tmp_path, "dns_c.log").create(LINES[7])
    one.run(path=path)
    assert sorted(one.keeper.numbers) == list(range(8))
    assert one.keeper.tally.bad == {}


def test_from_the_end_only_new_logs_are_read_whole(tmp_path: Path) -> None:
    one, two = several(tmp_path)
    one.create(LINES[0])
    script: list[Action] = [lambda: two.create(LINES[1]), lambda: one.write(LINES[2])]
    one.run(script, path=tmp_path / "dns*.log", start="end")
    assert sorted(one.keeper.numbers) == [1, 2]


def test_logs_named_by_date(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    days = [tmp_path / f"dns-2026-11-{day}.log" for day in range(20, 26)]
    for number, path in enumerate(days[:3]):
        machine.write(HEADER + zeek(number), path)
    machine.run([lambda: machine.write(HEADER + zeek(3), days[3])], path=tmp_path / "dns-*.log")
    machine.pack(days[0])
    machine.write(zeek(4), days[3])
    machine.pack(days[3])
    machine.write(HEADER + zeek(5), days[4])
    machine.run(path=tmp_path / "dns-*.log")
    assert machine.keeper.numbers == [0, 1, 2, 3, 4, 5]


def test_more_logs_than_are_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(follow, "MAX_LOGS", 3)
    machine = Machine(tmp_path)

    def day(number: int) -> None:
        machine.write(LINES[number], tmp_path / f"dns-{number + 10}.log")

    for number in range(5):
        day(number)
    machine.run([lambda: day(5), *machine.waits(20), lambda: day(6)], path=f"{tmp_path}/dns-*.log")
    assert machine.keeper.numbers == [2, 3, 4, 5, 6]
    assert "left out" in caplog.text
    machine.run(path=f"{tmp_path}/dns-*.log")
    assert machine.keeper.numbers == [2, 3, 4, 5, 6]
    assert watched.MAX_LOGS > 3


def test_no_log_matches_yet(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    told = watcher(machine)
    machine.run([*machine.waits(2), told.note], path=f"{tmp_path}/dns*.log")
    assert told.seen == [("starting", f"{tmp_path}/dns*.log matches no log yet: waiting for it.")]


class Told:
    """What the health said."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.seen: list[tuple[str, str]] = []

    def note(self) -> None:
        assert self.machine.follower is not None
        health = self.machine.follower.health
        self.seen.append((health.state, health.error))


def watcher(machine: Machine) -> Told:
    return Told(machine)


def test_silence_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine(tmp_path)
    machine.create(LINES[0])
    told = watcher(machine)
    machine.run(
        [
            *machine.waits(5),
            told.note,
            *machine.waits(50),
            told.note,
            lambda: machine.write(LINES[1]),
            lambda: None,
            told.note,
        ],
        silent_after=5.0,
    )
    assert [state for state, _ in told.seen] == ["running", "silent", "running"]
    assert "no record for" in told.seen[1][1]
    assert (
        len([r for r in caplog.records if r.levelname == "WARNING"]) == 3
    )  # silent at the end too


def test_unreadable_lines_are_told(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.create(LINES[0])
    told = watcher(machine)
    machine.run(
        [
            lambda: machine.write(b"noise\n" * 150),
            lambda: None,
            told.note,
            lambda: machine.write(LINES[1]),
            lambda: None,
            told.note,
        ]
    )
    assert told.seen[0][0] == "failing"
    assert "'noise'" in told.seen[0][1]
    assert told.seen[1] == ("running", "")
    assert machine.keeper.tally.bad == {"not a JSON object": 150}


def refusing(number: int, until: Callable[[], bool]) -> Callable[[Path], GrowingFile | PackedFile]:
    def refused(path: Path) -> GrowingFile | PackedFile:
        if not until():
            raise OSError(number, os.strerror(number), str(path))
        return open_log(path)

    return refused


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO])
@pytest.mark.parametrize("start", ["beginning", "end"])
def test_what_is_refused_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, start: str
) -> None:
    machine = Machine(tmp_path)
    machine.create(LINES[0])
    opened: list[float] = []

    def until() -> bool:
        opened.append(machine.seconds)
        return machine.seconds > 100

    monkeypatch.setattr(succession, "open_log", refusing(number, until))
    told = watcher(machine)
    machine.run(
        [
            *machine.waits(5),
            told.note,
            *machine.waits(700),
            told.note,
            lambda: machine.write(LINES[1]),
        ],
        start=start,
    )
    assert told.seen[0][0] == "failing"
    assert os.strerror(number) in told.seen[0][1]
    assert told.seen[1][0] == "running"
    assert len(opened) < 15
    assert machine.keeper.numbers == ([0, 1] if start == "beginning" else [1])


def test_without_following_what_is_refused_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(tmp_path)
    with pytest.raises(UnreadableInputError, match="no such file"):
        machine.run(follow=False)
    machine.create(LINES[0])
    monkeypatch.setattr(succession, "open_log", refusing(errno.EACCES, lambda: False))
    with pytest.raises(UnreadableInputError, match="Permission denied"):
        machine.run(follow=False)


def test_a_position_that_is_no_position(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.create(LINES[0])
    machine.keeper.position = '"elsewhere"'
    with pytest.raises(UnreadableInputError, match="stored position"):
        machine.run()


def test_portions_are_bounded_and_their_positions_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fluxhound.sources.logfile.TAKEN_BYTES", 5000)
    machine = Machine(tmp_path)
    machine.create(HEADER + b"".join(zeek(number) for number in range(400)))
    machine.run()
    assert machine.keeper.numbers == list(range(400))
    assert len(machine.keeper.portions) > 5
    assert all(len(portion.position or "") < 2000 for portion in machine.keeper.portions)


def test_a_pattern_keeps_its_bounds_in_one_round(tmp_path: Path) -> None:
    one, two = several(tmp_path)
    one.create(LINES[0])
    two.create(LINES[1])
    one.run(
        [at_once(lambda: one.write(LINES[2]), lambda: two.write(LINES[3]))],
        path=tmp_path / "dns*",
        follow=False,
    )
    assert sorted(one.keeper.numbers) == [0, 1]
    assert stat.S_ISREG(one.log.stat().st_mode)
