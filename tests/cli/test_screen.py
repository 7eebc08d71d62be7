from __future__ import annotations

import io

import pytest

from fluxhound.cli.screen import make_console


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "color", "variables", "colored"),
    [
        (Terminal(), "auto", {"TERM": "xterm-256color"}, True),
        (Terminal(), "auto", {"TERM": "xterm-256color", "NO_COLOR": "1"}, False),
        (Terminal(), "never", {"TERM": "xterm-256color"}, False),
        (Terminal(), "always", {"TERM": "xterm-256color", "NO_COLOR": "1"}, True),
        (io.StringIO(), "auto", {}, False),
        (io.StringIO(), "always", {}, True),
        (io.StringIO(), "never", {}, False),
    ],
)
def test_colour(
    stream: io.StringIO, color: str, variables: dict[str, str], *, colored: bool
) -> None:
    console = make_console(stream, color, environment=variables)
    console.print("evil", style="bold red")
    assert ("\x1b[" in stream.getvalue()) is colored


def test_the_width_of_a_file_and_of_a_terminal() -> None:
    assert make_console(io.StringIO(), "auto", environment={}).width == 120
    assert make_console(io.StringIO(), "auto", environment={"COLUMNS": "88"}).width == 88


def test_a_closed_pipe_is_for_the_caller_to_judge() -> None:
    class Closed(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    console = make_console(Closed(), "never", environment={})
    with pytest.raises(BrokenPipeError):
        console.print("evil")
