from __future__ import annotations

from collections.abc import Callable

from fluxhound.cli.share import COMMANDS

Fluxhound = Callable[..., tuple[int, str, str]]


def test_the_commands_are_listed(fluxhound: Fluxhound) -> None:
    status, out, _ = fluxhound("share", "--help")
    assert status == 0
    assert all(name in out for name in COMMANDS)


def test_each_has_its_help(fluxhound: Fluxhound) -> None:
    for name in COMMANDS:
        status, out, _ = fluxhound("share", name, "--help")
        assert status == 0
        assert "--send" in out
