from __future__ import annotations

import pwd
from pathlib import Path
from typing import Any

import pytest

from fluxhound.cli.responding.choices import policy_from, user
from fluxhound.config import Settings
from fluxhound.response.entries import Mode
from tests.cli.responding.registers import Fluxhound

NOTHING: dict[str, Any] = {
    "mode": None, "sinkhole": (), "own": (), "never_file": None, "auto": False,
}  # fmt: skip


def test_by_default_nothing_is_published() -> None:
    policy = policy_from(NOTHING, Settings())
    assert policy.mode is Mode.ALERT
    assert not policy.approval.automatic


def test_the_command_line_adds_to_what_is_protected(tmp_path: Path) -> None:
    (tmp_path / "never.txt").write_text("partner.lab # a partner\n\n*.Other.lab.\n")
    given = {"mode": "block", "own": ("Corp.lab",), "never_file": tmp_path / "never.txt"}
    policy = policy_from({**NOTHING, **given, "auto": True}, Settings())
    assert policy.own == ("corp.lab",)
    assert policy.never == ("other.lab", "partner.lab")
    assert policy.mode is Mode.BLOCK
    assert policy.approval.automatic


def test_a_store_is_needed(fluxhound: Fluxhound) -> None:
    status, _, err = fluxhound("respond", "list")
    assert (status, "--store that exists" in err) == (2, True)
    assert fluxhound("respond", "list", "--store", "none.duckdb")[0] == 2


def test_a_list_that_cannot_be_read_is_not_taken_as_empty(fluxhound: Fluxhound, store: str) -> None:
    given = ("respond", "plan", "--store", store, "--never-file", "none.txt")
    assert fluxhound(*given)[0] == 2


def test_who_did_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "ann")
    assert user().endswith(" (sudo: ann)")

    def nobody(_: int) -> None:
        raise KeyError

    monkeypatch.delenv("SUDO_USER")
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    assert user().isdecimal()
