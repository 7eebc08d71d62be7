from __future__ import annotations

import click
import pytest

from fluxhound.cli.help import GroupedCommand
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


@pytest.mark.parametrize("name", COMMANDS)
def test_help_fits_and_says_what_the_list_says(name: str) -> None:
    found = command.get_command(click.Context(command), name)
    assert isinstance(found, GroupedCommand)
    assert found.get_short_help_str(200) == COMMANDS[name]
    context = click.Context(found, info_name=f"fluxhound sinkhole {name}", terminal_width=80)
    assert max(map(len, found.get_help(context).splitlines())) <= 80
