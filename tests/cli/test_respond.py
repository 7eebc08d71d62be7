from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import click
import pytest

from fluxhound.cli import main
from fluxhound.cli.help import GroupedCommand
from fluxhound.cli.respond import COMMANDS, command

Fluxhound = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(main.COMMANDS, "respond", "Answer for found names on your own resolvers.")


def test_the_group_lists_its_commands(fluxhound: Fluxhound) -> None:
    status, out, _ = fluxhound("respond", "--help")
    assert status == 0
    assert all(f"  {name}" in out and line in out for name, line in COMMANDS.items())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_line_and_examples(name: str) -> None:
    assert isinstance(command, click.Group)
    one = command.get_command(click.Context(command), name)
    assert isinstance(one, GroupedCommand)
    if name != "setup":  # its help names the kinds, which is too long for a list
        assert one.get_short_help_str(200) == COMMANDS[name]
    assert all(line.startswith(f"$ fluxhound respond {name}") for line in one.examples)
    context = click.Context(
        one, info_name=f"fluxhound respond {name}", terminal_width=80, **one.context_settings
    )
    told = one.get_help(context).splitlines()
    assert max(len(line) for line in told if not line.startswith("  $")) <= 80


def test_help_imports_nothing_heavy() -> None:
    program = "from fluxhound.cli.responding import plan, apply, approve, override; import sys"
    check = f"{program}; print(*(n for n in ('pyarrow', 'duckdb', 'rich') if n in sys.modules))"
    done = subprocess.run([sys.executable, "-c", check], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == ""
