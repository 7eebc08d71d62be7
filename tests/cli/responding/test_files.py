from __future__ import annotations

from pathlib import Path

import pytest

from fluxhound.cli import respond
from fluxhound.cli.responding import files
from fluxhound.response.lists.choice import FORMS
from tests.cli.responding.registers import SINKHOLE, Fluxhound


@pytest.fixture(autouse=True)
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the group know the command, whatever else it has."""
    monkeypatch.setitem(respond.COMMANDS, "files", "Show what is in force as files.")


def test_the_help_knows_all_forms() -> None:
    assert files.FORMS == FORMS


def test_what_is_in_force_is_written_and_what_waits_is_not(
    fluxhound: Fluxhound, waiting: str, tmp_path: Path
) -> None:
    assert "evil.lab" not in fluxhound("respond", "files", "hosts", "--store", waiting)[1]
    approve = ("respond", "approve", "evil.lab", "--store", waiting, "--reason", "case 1")
    assert fluxhound(*approve, *SINKHOLE)[0] == 0
    written = ("--store", waiting, "--own", "corp.lab", "--write", str(tmp_path / "lists"))
    assert fluxhound("respond", "files", "rpz", *written)[0] == 0
    zones = tmp_path / "lists"
    assert "*.evil.lab A 192.0.2.66" in (zones / "block.rpz.fluxhound.zone").read_text()
    assert "*.corp.lab CNAME rpz-passthru." in (zones / "pass.rpz.fluxhound.zone").read_text()
    assert "192.0.2.66 evil.lab" in fluxhound("respond", "files", "hosts", "--store", waiting)[1]
