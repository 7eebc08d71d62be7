from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import click
import pytest

from fluxhound.cli.help import GroupedCommand
from fluxhound.cli.lab import COMMANDS, command

Fluxhound = Callable[..., tuple[int, str, str]]
PROGRAM = [sys.executable, "-c", "from fluxhound.cli.main import main; main()"]


def test_the_group_lists_its_commands(fluxhound: Fluxhound) -> None:
    status, out, _ = fluxhound("lab", "--help")
    assert status == 0
    assert all(f"  {name}" in out and line in out for name, line in COMMANDS.items())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_line_and_examples(name: str) -> None:
    assert isinstance(command, click.Group)
    found = command.get_command(click.Context(command), name)
    assert isinstance(found, GroupedCommand)
    assert found.get_short_help_str(200) == COMMANDS[name]
    assert all(line.startswith(f"$ fluxhound lab {name}") for line in found.examples)
    settings = found.context_settings  # without them click would keep another help option for good
    context = click.Context(found, info_name=f"fluxhound lab {name}", terminal_width=80, **settings)
    lines = found.get_help(context).splitlines()
    assert max(len(line) for line in lines if not line.startswith("  $")) <= 80


@pytest.mark.parametrize("words", [[], ["generate"], ["archetypes"]])
def test_help_answers_at_once_and_imports_nothing_heavy(words: list[str]) -> None:
    args = [sys.executable, "-X", "importtime", *PROGRAM[1:], "lab", *words, "--help"]
    walls = []
    for _ in range(2):
        began = time.perf_counter()
        result = subprocess.run(args, check=True, capture_output=True, text=True)
        walls.append(time.perf_counter() - began)
    imported = {line.rpartition("|")[2].strip() for line in result.stderr.splitlines()}
    assert imported.isdisjoint({"pyarrow", "duckdb", "numpy", "rich", "orjson"})
    assert min(walls) < 1.0  # 0.08 s on a quiet machine


def test_an_unknown_command_is_answered_with_the_nearest(fluxhound: Fluxhound) -> None:
    status, _, err = fluxhound("lab", "genrate")
    assert status == 2
    assert err.startswith("fluxhound: There is no command 'genrate'. Did you mean generate?")
    assert err.endswith("Try fluxhound lab --help.\n")
