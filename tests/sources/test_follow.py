"""A log is read through every way of rotation: each line once, in order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fluxhound.errors import FluxhoundError
from tests.following import HEADER, Machine, at_once, zeek, zeek_json

LINES = [zeek_json(number) for number in range(100)]


def joined(start: int, end: int) -> bytes:
    return b"".join(LINES[start:end])


def rename(machine: Machine) -> None:
    machine.shift()
    machine.rename("dns.log.1")


def rename_and_pack(machine: Machine) -> None:
    machine.shift(packed_from=1)
    machine.pack(machine.rename("dns.log.1"))


def rename_by_time(machine: Machine) -> None:
    machine.rename(f"dns.{machine.ticks:02d}:00:00-{machine.ticks + 1:02d}:00:00.log")


def archive(machine: Machine) -> None:
    machine.pack(machine.rename(f"dns-20261124-{machine.ticks}.log"))


def copy_and_truncate(machine: Machine) -> None:
    machine.shift()
    machine.copy_truncate("dns.log.1")


def copy_truncate_and_pack(machine: Machine) -> None:
    machine.shift(packed_from=1)
    machine.pack(machine.copy_truncate("dns.log.1"))


ROTATIONS = [
    rename,
    rename_and_pack,
    rename_by_time,
    archive,
    copy_and_truncate,
    copy_truncate_and_pack,
]
BY_NAME = pytest.mark.parametrize("rotate", ROTATIONS, ids=lambda function: function.__name__)
Rotate = Callable[[Machine], None]


@BY_NAME
def test_rotation_while_it_is_followed(tmp_path: Path, rotate: Rotate) -> None:
    machine = Machine(tmp_path)
    machine.create(joined(0, 10))
    machine.run(
        [
            lambda: machine.write(joined(10, 12)),
            at_once(
                lambda: machine.write(joined(12, 20)),
                lambda: rotate(machine),
                lambda: machine.write(joined(20, 25)),
            ),
            *machine.waits(20),
            lambda: machine.write(joined(25, 30)),
            at_once(lambda: rotate(machine), lambda: machine.write(joined(30, 31))),
            lambda: machine.write(joined(31, 40)),
        ]
    )
    assert machine.keeper.numbers == list(range(40))
    assert machine.keeper.tally.bad == {}


@BY_NAME
@pytest.mark.parametrize("times", [1, 2, 3])
def test_rotation_while_nobody_reads(tmp_path: Path, rotate: Rotate, times: int) -> None:
    machine = Machine(tmp_path)
    rest = iter(range(10, 100, 10))
    machine.create(joined(0, 10))
    machine.run()
    machine.write(joined(10, 20))
    next(rest)
    for _ in range(times):
        rotate(machine)
        start = next(rest)
        machine.write(joined(start, start + 10))
    machine.run()
    assert machine.keeper.numbers == list(range(20 + 10 * times))
    assert machine.keeper.tally.bad == {}
    machine.run()
    assert len(machine.keeper.numbers) == 20 + 10 * times


@BY_NAME
def test_two_rotations_between_two_looks(tmp_path: Path, rotate: Rotate) -> None:
    machine = Machine(tmp_path)
    machine.create(joined(0, 10))

    def both() -> None:
        for start in (10, 20, 30):
            machine.write(joined(start, start + 10))
            rotate(machine)
        machine.write(joined(40, 50))

    machine.run([both])
    assert machine.keeper.numbers == list(range(50))


def test_late_lines_go_to_the_old_file(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.create(joined(0, 10))
    old = tmp_path / "dns.log.1"
    machine.run(
        [
            at_once(
                lambda: machine.write(LINES[10][:30]),
                lambda: machine.rename("dns.log.1"),
                machine.create,
            ),
            *machine.waits(100),
            lambda: machine.write(LINES[10][30:] + LINES[11], old),
            *machine.waits(3),
            lambda: machine.write(LINES[13]),
            lambda: machine.write(LINES[12], old),
        ]
    )
    assert machine.keeper.numbers == list(range(14))


def test_a_half_line_waits(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.create(LINES[0] + LINES[1][:40])
    seen: list[int] = []
    machine.run(
        [
            *machine.waits(50),
            lambda: seen.append(len(machine.keeper.portions[-1].batches)),
            lambda: machine.write(LINES[1][40:]),
        ]
    )
    assert machine.keeper.numbers == [0, 1]
    assert seen == [1]


def test_the_last_half_line_of_a_rotated_file_is_a_record(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.create(joined(0, 2))
    machine.run(
        [
            at_once(
                lambda: machine.write(LINES[2][:-1]),
                lambda: rename(machine),
                lambda: machine.write(LINES[3]),
            )
        ]
    )
    assert machine.keeper.numbers == [0, 1, 2, 3]


def test_start_at_the_end(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.create(joined(0, 9) + LINES[9][:20])
    machine.run([lambda: machine.write(LINES[9][20:] + LINES[10])], start="end")
    assert machine.keeper.numbers == [9, 10]


def test_what_is_written_before_the_first_record_is_not_lost(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.create(joined(0, 5))
    machine.run(start="end")
    machine.write(joined(5, 8))
    machine.run(start="end")
    assert machine.keeper.numbers == [5, 6, 7]


@pytest.mark.parametrize("start", ["end", "beginning"])
def test_a_log_that_is_not_there_yet(tmp_path: Path, start: str) -> None:
    machine = Machine(tmp_path / "later")
    told: list[tuple[str, str]] = []

    def note() -> None:
        assert machine.follower is not None
        told.append((machine.follower.health.state, machine.follower.health.error))

    machine.run(
        [
            *machine.waits(2),
            note,
            (tmp_path / "later").mkdir,
            lambda: machine.create(joined(0, 3)),
            *machine.waits(3),
            note,
        ],
        start=start,
    )
    assert machine.keeper.numbers == [0, 1, 2]
    assert told[0] == ("starting", f"{machine.log} does not exist yet: waiting for it.")
    assert told[1] == ("running", "")


def test_a_log_that_appears_while_nobody_reads(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.run(start="end")
    machine.create(joined(0, 3))
    machine.run(start="end")
    assert machine.keeper.numbers == [0, 1, 2]


def test_deleted_and_created_again(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.create(joined(0, 3))
    machine.run(
        [
            at_once(lambda: machine.write(LINES[3]), machine.log.unlink),
            *machine.waits(5),
            lambda: machine.create(joined(4, 6)),
        ]
    )
    assert machine.keeper.numbers == list(range(6))
    assert machine.keeper.tally.bad == {}


def test_deleted_while_nobody_reads_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    machine = Machine(tmp_path)
    machine.create(joined(0, 3))
    machine.run()
    machine.log.unlink()
    machine.create(joined(4, 6))
    machine.run()
    assert machine.keeper.numbers == [0, 1, 2, 4, 5]
    assert machine.keeper.tally.bad == {"lost in rotation": 1}
    assert "is lost" in caplog.text


def test_truncated_without_a_copy_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine(tmp_path)
    machine.create(joined(0, 5))
    machine.run([lambda: machine.copy_truncate("gone").unlink(), lambda: machine.write(LINES[5])])
    assert machine.keeper.numbers == list(range(6))
    assert machine.keeper.tally.bad == {"lost in rotation": 1}
    assert "truncated" in caplog.text


def test_truncated_and_grown_beyond_what_was_read(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.create(joined(0, 5))
    machine.run(
        [at_once(lambda: machine.copy_truncate("dns.log.1"), lambda: machine.write(joined(5, 40)))]
    )
    assert machine.keeper.numbers == list(range(40))


def test_a_link_that_is_switched(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "current.log")

    def switch(day: int) -> None:
        machine.log.unlink(missing_ok=True)
        machine.write(b"", tmp_path / f"dns-2026-11-{day}.log")
        machine.log.symlink_to(tmp_path / f"dns-2026-11-{day}.log")

    switch(24)
    machine.write(joined(0, 3))
    machine.run(
        [
            at_once(
                lambda: machine.write(LINES[3]), lambda: switch(25), lambda: machine.write(LINES[4])
            )
        ]
    )
    assert machine.keeper.numbers == [0, 1, 2, 3, 4]
    machine.write(LINES[5])
    for day, line in ((26, 6), (27, 7), (28, 8)):
        switch(day)
        machine.write(LINES[line])
    machine.pack(tmp_path / "dns-2026-11-25.log")
    machine.pack(tmp_path / "dns-2026-11-26.log")
    machine.run()
    assert machine.keeper.numbers == list(range(9))


def test_a_folder_link_that_is_switched(tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    current = tmp_path / "current"
    current.symlink_to(tmp_path / "first")
    machine = Machine(current)
    machine.create(joined(0, 3))

    def switch() -> None:
        machine.write(LINES[3])
        current.unlink()
        current.symlink_to(tmp_path / "second")
        machine.create(joined(4, 6))

    machine.run([switch])
    assert machine.keeper.numbers == list(range(6))


def test_zeekctl_archives_beside_current(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    (tmp_path / "current").symlink_to(spool)
    machine = Machine(tmp_path / "current")
    machine.folder = tmp_path
    machine.create(HEADER + zeek(0))
    machine.run()
    for hour in range(8, 11):
        machine.write(zeek(hour * 2 - 15))
        machine.write(zeek(hour * 2 - 14))
        to = f"2026-11-24/dns.{hour:02d}:00:00-{hour + 1:02d}:00:00.log"
        machine.touch(machine.pack(machine.rename(to)))
        machine.create(HEADER)
    machine.run()
    assert machine.keeper.numbers == list(range(7))


def test_a_killed_portion_is_read_again(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.create(joined(0, 10))
    machine.run([lambda: machine.write(joined(10, 20))], dies_at=[3])
    assert machine.keeper.numbers == list(range(10))
    machine.run()
    assert machine.keeper.numbers == list(range(20))


def test_another_path_under_the_same_name_starts_anew(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.create(joined(0, 3))
    machine.run()
    other = tmp_path / "other.log"
    machine.write(joined(3, 6), other)
    machine.run(path=other)
    assert machine.keeper.numbers == list(range(6))


def test_without_following_it_ends_by_itself(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.create(joined(0, 3))
    machine.run(follow=False)
    machine.write(LINES[3])
    rename(machine)
    machine.create(joined(4, 5) + LINES[5][:-1])
    machine.run(follow=False)
    assert machine.keeper.numbers == list(range(6))
    assert machine.follower is not None
    assert machine.follower.health.state == "ended"
    assert machine.follower.not_observable == ("name-servers",)


def test_a_packed_log_is_read_but_not_followed(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.create(joined(0, 3))
    packed = machine.pack(machine.log)
    machine.run(path=packed, follow=False)
    assert machine.keeper.numbers == [0, 1, 2]
    with pytest.raises(FluxhoundError, match="does not grow"):
        machine.run(path=packed)


def test_the_sensor_is_named(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.create(LINES[0])
    machine.run(sensor="edge")
    assert machine.keeper.rows[0]["sensor"] == "edge"


def test_nothing_is_read_after_the_stop(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.create(LINES[0])
    machine.run(idle=0)
    assert machine.follower is not None
    assert machine.follower.health.connections == 0
