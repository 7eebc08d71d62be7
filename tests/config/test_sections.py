from __future__ import annotations

from fluxhound.config import EngineSettings, InputSettings


def test_the_defaults_are_those_of_the_command_line() -> None:
    assert EngineSettings().memory == 2 << 30
    assert InputSettings().columns == {}
