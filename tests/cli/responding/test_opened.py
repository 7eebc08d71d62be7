from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from fluxhound.history.store import Store
from tests.cli.responding.registers import Fluxhound

CODE = "from fluxhound.cli.main import COMMANDS, main; COMMANDS['respond'] = 'Answer.'; main()"


def test_a_store_in_use_is_said_to_be(store: str) -> None:
    with Store(Path(store)):
        done = subprocess.run(
            [sys.executable, "-c", CODE, "respond", "list", "--store", store],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert "a running service uses the store" in done.stderr


def test_what_is_no_store_is_not_used(fluxhound: Fluxhound, tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text("no store")
    status, _, err = fluxhound("respond", "list", "--store", str(tmp_path / "log.txt"))
    assert (status, "not usable as a store" in err) == (2, True)


def test_findings_that_cannot_be_read_are_told(
    fluxhound: Fluxhound, store: str, tmp_path: Path
) -> None:
    (tmp_path / "bad.jsonl").write_text("{}")
    for name in ("none.jsonl", "bad.jsonl"):
        given = ("--store", store, "--findings", str(tmp_path / name))
        status, _, err = fluxhound("respond", "plan", *given)
        assert (status, name in err) == (3, True)
