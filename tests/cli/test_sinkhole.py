from __future__ import annotations

from fluxhound.cli.sinkhole import COMMANDS, command
from tests.cli.calling import call


def test_its_commands_are_listed() -> None:
    status, out = call(command, "--help")
    assert status == 0
    assert all(name in out for name in COMMANDS)


def test_an_unknown_command_is_answered_with_the_nearest() -> None:
    status, out = call(command, "server")
    assert status == 2
    assert "Did you mean serve?" in out
