"""Whatever happens to a log, each line is read once and in order."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.following import HEADER, Action, Machine, at_once, zeek

LINES = [zeek(number) for number in range(400)]


class Writer:
    """Writes numbered lines, cut anywhere, into a log that is rotated."""

    def __init__(self, machine: Machine, *, headers: bool) -> None:
        self.machine = machine
        self.headers = headers
        self.pending = b""
        self.next = 0
        self.create()

    def create(self) -> None:
        self.machine.create(HEADER if self.headers or not self.next else b"")

    def append(self, lines: int, cut: int) -> None:
        """Write what is pending and more lines, the last *cut* octets of them later."""
        content = self.pending + b"".join(LINES[self.next : self.next + lines])
        self.next = min(self.next + lines, len(LINES))
        at = max(len(content) - cut, 0)
        self.machine.write(content[:at])
        self.pending = content[at:]

    def complete(self) -> None:
        if self.pending:
            self.append(0, 0)

    def rename(self, *, pack: bool) -> None:
        self.complete()
        self.machine.shift(packed_from=1 if pack else 2)
        moved = self.machine.rename("dns.log.1")
        if pack:
            self.machine.pack(moved)
        self.create()

    def rename_late(self, lines: int) -> None:
        """Rotate, and write on into the old file for a moment."""
        self.machine.shift()
        moved = self.machine.rename("dns.log.1")
        content = self.pending + b"".join(LINES[self.next : self.next + lines])
        self.next = min(self.next + lines, len(LINES))
        self.pending = b""
        self.create()
        self.machine.write(content, moved)

    def copy_truncate(self) -> None:
        self.complete()
        self.machine.shift()
        self.machine.copy_truncate("dns.log.1")


Step = tuple[str, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["append"] * 5 + ["rename", "pack", "late", "copy", "look", "restart", "kill"]
        ),
        st.integers(1, 12),
        st.integers(0, 120),
    ),
    max_size=25,
)


def action(writer: Writer, step: Step) -> Action:
    kind, lines, cut = step
    actions: dict[str, Callable[[], object]] = {
        "append": lambda: writer.append(lines, cut),
        "rename": lambda: writer.rename(pack=False),
        "pack": lambda: writer.rename(pack=True),
        "late": lambda: writer.rename_late(lines),
        "copy": writer.copy_truncate,
        "look": lambda: None,
    }
    return actions[kind]


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS, headers=st.booleans(), together=st.booleans())
def test_every_schedule_gives_every_line_once(
    steps: list[Step], *, headers: bool, together: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(Path(folder))
        writer = Writer(machine, headers=headers)
        writer.append(1, 0)
        machine.run()
        script: list[Action] = []
        for step in steps:
            if step[0] in ("restart", "kill"):
                # What the killed reader kept the writer from doing is not done at all.
                dies = [step[1] % 3 + 1] if step[0] == "kill" else []
                machine.run([at_once(*script)] if together else script, dies_at=dies)
                script = []
            else:
                script.append(action(writer, step))
        machine.run([*script, writer.complete])
        assert machine.keeper.numbers == list(range(writer.next))
        assert machine.keeper.tally.bad == {}
