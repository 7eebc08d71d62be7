"""The way from file to file, where something is in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fluxhound.errors import UnreadableInputError
from fluxhound.sources.succession import REMEMBERED
from fluxhound.sources.trail import GRACE_S, LOST, SETTLE_S, Trail
from tests.following import Machine, at_once, zeek_json

LINES = [zeek_json(number) for number in range(200)]


def joined(start: int, end: int) -> bytes:
    return b"".join(LINES[start:end])


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def trail(path: Path, clock: Clock, *, follow: bool = True) -> Trail:
    def ready(lines: memoryview, waited: bool) -> int:
        return len(lines) if waited or bytes(lines[-2:]) == b".\n" else 0

    return Trail(path, follow=follow, ready=ready, clock=clock)


def test_what_is_not_settled_waits_but_not_for_ever(tmp_path: Path) -> None:
    clock, log = Clock(), tmp_path / "dns.log"
    log.write_bytes(b"one\n")
    one = trail(log, clock)
    one.start(at_end=False)
    assert one.take() is None
    clock.now += SETTLE_S * 0.9
    with log.open("ab") as file:
        file.write(b"two\n")
    assert one.take() is None
    clock.now += SETTLE_S * 0.9
    assert one.take() is None
    clock.now += SETTLE_S
    piece = one.take()
    assert piece is not None
    assert (bytes(piece.lines), piece.at_beginning) == (b"one\ntwo\n", True)
    one.close()


def test_the_old_file_is_left_after_a_grace(tmp_path: Path) -> None:
    clock, log = Clock(), tmp_path / "dns.log"
    log.write_bytes(b"one.\n")
    one = trail(log, clock)
    one.start(at_end=False)
    assert one.take() is not None
    log.rename(tmp_path / "dns.log.1")
    assert one.take() is None
    log.write_bytes(b"two.\n")
    assert one.take() is None
    clock.now += GRACE_S * 0.9
    assert one.take() is None
    clock.now += GRACE_S
    piece = one.take()
    assert piece is not None
    assert bytes(piece.lines) == b"two.\n"
    assert one.mark("", "").done
    one.close()


def test_a_damaged_archive_is_said_and_passed(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.create(joined(0, 5))
    machine.run()
    machine.write(joined(5, 150))
    packed = machine.pack(machine.rename("dns.log.1"))
    octets = packed.read_bytes()
    packed.write_bytes(octets[: len(octets) // 2])
    machine.touch(packed)
    machine.create(joined(150, 155))
    machine.run()
    numbers = machine.keeper.numbers
    assert numbers[:5] == [0, 1, 2, 3, 4]
    assert numbers[-5:] == [150, 151, 152, 153, 154]
    assert sorted(set(numbers)) == numbers
    assert machine.keeper.tally.bad[LOST] == 1


def test_an_archive_that_is_not_read_is_said_and_passed(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.create(joined(0, 5))
    machine.run()
    machine.rename("dns.log.2")
    machine.create(b"BZh91AY&SY")
    machine.rename("dns.log.1.bz2")
    machine.create(joined(10, 12))
    machine.run()
    assert machine.keeper.numbers == [0, 1, 2, 3, 4, 10, 11]
    assert machine.keeper.tally.bad == {LOST: 1}


def test_what_was_read_is_not_read_again_whatever_its_time_says(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.create(joined(0, 5))
    archived = []

    def rotate(start: int) -> None:
        archived.append(machine.pack(machine.rename(f"dns-2026112{start // 5}.log")))
        machine.create(joined(start, start + 5))

    machine.run([lambda: rotate(5), *machine.waits(20), lambda: rotate(10)])
    for path in archived:
        machine.touch(path)
    machine.log.unlink()
    machine.create(joined(15, 20))
    machine.run()
    assert machine.keeper.numbers == list(range(20))


def test_few_finished_files_are_remembered(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.create(LINES[0])

    def rotate(number: int) -> None:
        machine.shift(packed_from=99)
        machine.rename("dns.log.1")
        machine.create(LINES[number])

    script = []
    for number in range(1, 25):
        script += [lambda n=number: rotate(n), *machine.waits(14)]  # type: ignore[misc]
    machine.run(script)
    assert machine.keeper.numbers == list(range(25))
    assert machine.keeper.position is not None
    assert len(machine.keeper.position) < 2000
    assert machine.keeper.position.count(":") < REMEMBERED + 20


def test_a_copy_made_before_the_first_line_was_read(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.create()
    machine.run(
        [
            at_once(
                lambda: machine.write(joined(0, 3)),
                lambda: machine.copy_truncate("dns.log.1"),
                lambda: machine.write(LINES[3]),
            )
        ]
    )
    assert machine.keeper.numbers == [0, 1, 2, 3]
    other = Machine(tmp_path, "other.log")
    other.create()
    other.run()
    other.write(joined(0, 3))
    other.copy_truncate("other.log.1")
    other.write(LINES[3])
    other.run()
    assert other.keeper.numbers == [0, 1, 2, 3]


def test_what_replaces_the_log_must_be_a_log(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.create(joined(0, 3))

    def replace() -> None:
        machine.rename("dns.log.1")
        machine.pack(machine.folder / "dns.log.1").rename(machine.log)

    machine.write(LINES[3], tmp_path / "unrelated")
    with pytest.raises(UnreadableInputError, match="does not grow"):
        machine.run([replace])
    assert machine.keeper.numbers == [0, 1, 2]
