"""The real logrotate, in the set-ups that the documentation calls safe."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.following import Machine, at_once, zeek_json

LOGROTATE = shutil.which("logrotate", path="/usr/sbin:/sbin:/usr/bin:/bin")
LINES = [zeek_json(number) for number in range(100)]

SET_UPS = {
    "create": "create",
    "nocreate": "nocreate",
    "compress": "create\ncompress",
    "delaycompress": "create\ncompress\ndelaycompress",
    "dateext": "create\ndateext\ndateformat -%Y%m%d-TIMES",
    "extension": "create\nextension .log",
    "copytruncate": "copytruncate",
    "copytruncate and compress": "copytruncate\ncompress",
}


class Rotated(Machine):
    """A log that the real logrotate turns, with real times of change."""

    options = ""
    times = 0

    def touch(self, path: Path) -> None:
        """Leave the time as it is."""

    def rotate(self) -> None:
        assert LOGROTATE is not None
        self.times += 1  # logrotate's own seconds would be the same
        options = self.options.replace("TIMES", str(self.times))
        rules = self.folder / "rules"
        rules.write_text(f"{self.log} {{\nrotate 9\nmissingok\n{options}\n}}\n")
        rules.chmod(0o644)
        state = str(self.folder / "state")
        subprocess.run([LOGROTATE, "-f", "-s", state, str(rules)], check=True, timeout=20)

    def write_lines(self, start: int, end: int) -> None:
        self.write(b"".join(LINES[start:end]))


@pytest.mark.skipif(LOGROTATE is None, reason="logrotate is not installed")
@pytest.mark.parametrize("set_up", SET_UPS)
def test_nothing_is_lost_and_nothing_counts_twice(tmp_path: Path, set_up: str) -> None:
    machine = Rotated(tmp_path)
    machine.options = SET_UPS[set_up]
    machine.write_lines(0, 5)
    machine.run(
        [
            at_once(
                lambda: machine.write_lines(5, 10),
                machine.rotate,
                lambda: machine.write_lines(10, 15),
            ),
            *machine.waits(20),
            machine.rotate,
            lambda: machine.write_lines(15, 20),
        ]
    )
    assert machine.keeper.numbers == list(range(20))
    machine.write_lines(20, 25)
    machine.rotate()
    machine.write_lines(25, 30)
    machine.run()
    assert machine.keeper.numbers == list(range(30))
    assert machine.keeper.tally.bad == {}
