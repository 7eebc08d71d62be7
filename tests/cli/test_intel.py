from __future__ import annotations

from collections.abc import Callable

import click
import pytest

from fluxhound.cli.intel import COMMANDS, command


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples(
    fluxhound: Callable[..., tuple[int, str, str]], name: str
) -> None:
    status, out, _ = fluxhound("intel", name, "--help")
    assert status == 0
    assert f"$ fluxhound intel {name}" in out
    found = command.get_command(click.Context(command), name)
    assert found is not None


def test_a_misspelt_command_is_answered_with_the_nearest(
    fluxhound: Callable[..., tuple[int, str, str]],
) -> None:
    status, _, err = fluxhound("intel", "refrsh")
    assert status == 2
    assert "Did you mean refresh?" in err
