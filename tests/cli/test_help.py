from __future__ import annotations

import click
import pytest

from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.main import COMMANDS, group


@click.command(cls=GroupedCommand, examples="$ one\n\n$ two\n")
@option("Reading", "--since")
@option("Engine", "--memory")
@click.option("--plain")
@option("Reading", "--until")
def sample(**_: object) -> None:
    """Do nothing."""


def test_options_stand_under_their_headings_and_examples_last() -> None:
    text = sample.get_help(click.Context(sample))
    headings = [line for line in text.splitlines() if line.endswith(":") and line[0] != " "]
    assert headings == ["Reading:", "Engine:", "Other:", "Examples:"]
    assert text.index("--since") < text.index("--until") < text.index("--memory")
    assert text.endswith("  $ one\n  $ two")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_every_command_fits_and_ends_with_examples(name: str) -> None:
    command = group.get_command(click.Context(group), name)
    assert isinstance(command, GroupedCommand)
    settings = group.context_settings  # without them click would keep another help option for good
    context = click.Context(command, info_name=f"fluxhound {name}", terminal_width=80, **settings)
    text = command.get_help(context)
    assert max(map(len, text.splitlines())) <= 80
    assert all(line.startswith("$ ") and "fluxhound" in line for line in command.examples)
    assert text.splitlines()[-len(command.examples) - 1] == "Examples:"
