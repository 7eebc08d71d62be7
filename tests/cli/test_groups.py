from __future__ import annotations

import click
import pytest

from fluxhound.cli.groups import LazyGroup

COMMANDS = {"formats": "List the formats.", "doctor": "Check everything."}


@click.group(cls=LazyGroup, lazy=COMMANDS, package="fluxhound.cli", examples="$ fluxhound formats")
def sample() -> None:
    """Do nothing."""


def test_commands_are_listed_in_the_order_given() -> None:
    context = click.Context(sample)
    assert sample.list_commands(context) == ["formats", "doctor"]
    text = sample.get_help(context)
    assert text.index("List the formats.") < text.index("Check everything.")
    assert text.endswith("  $ fluxhound formats")


def test_a_command_is_found_in_its_module() -> None:
    found = sample.get_command(click.Context(sample), "formats")
    assert found is not None
    assert found.help is not None
    assert found.help.startswith("List the input formats")


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [("format", "Did you mean formats?"), ("zzz", "The commands are formats, doctor.")],
)
def test_an_unknown_command_is_answered_with_the_nearest(wrong: str, hint: str) -> None:
    with pytest.raises(click.UsageError) as failure:
        sample.get_command(click.Context(sample), wrong)
    assert failure.value.message == f"There is no command {wrong!r}. {hint}"
