from __future__ import annotations

import io

import pytest
from rich.console import Console

from fluxhound.cli.progress import Lines, Moving, Silence, describe, make_progress
from fluxhound.service.analysis import Progress


def step(**given: object) -> Progress:
    usual: dict[str, object] = {
        "stage": "read",
        "input": "dns.log",
        "bytes_read": 512 << 20,
        "bytes_total": 1 << 30,
        "records": 1_000_000,
    }
    return Progress(**usual | given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("progress", "elapsed", "line"),
    [
        (
            step(),
            2.0,
            "reading dns.log, 512.0 MiB of 1.0 GiB (50%), 1,000,000 records, 500,000 records/s",
        ),
        (step(bytes_total=None), 0.0, "reading dns.log, 512.0 MiB, 1,000,000 records"),
        (
            step(stage="judge", input="", bytes_read=0, bytes_total=None, records=0),
            1.0,
            "judging",
        ),
        (step(input="a\x1b[31m/" + "x" * 50, bytes_total=None), 0, None),
    ],
)
def test_the_line(progress: Progress, elapsed: float, line: str | None) -> None:
    text = describe(progress, elapsed=elapsed)
    assert line in (None, text)
    assert text.isprintable()
    assert len(text) < 120


def test_the_pace_is_that_of_all_inputs() -> None:
    now = [0.0]
    console = Console(file=io.StringIO(), width=200)
    with Lines(console, lambda: now[0]) as lines:
        lines(step(input="a", records=1_000_000))
        lines(step(input="a", records=2_000_000))
        lines(step(input="b", bytes_read=5, records=500_000))
        lines(step(input="b", bytes_read=3, records=400_000))  # another file of this name
        now[0] = 10.0
        lines(step(input="b", bytes_read=4, records=500_000))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "3,000,000 records, 300,000 records/s" in text


def test_elsewhere_a_line_is_written_every_ten_seconds_only() -> None:
    now = [0.0]
    console = Console(file=io.StringIO(), width=200)
    with Lines(console, lambda: now[0]) as lines:
        for second in range(25):
            now[0] = float(second)
            lines(step())
    assert console.file.getvalue().count("\n") == 2  # type: ignore[attr-defined]


def test_on_a_terminal_the_line_is_gone_in_the_end() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    with Moving(console) as moving:
        moving(step())
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "1,000,000 records" in text
    assert text.rstrip().endswith("\x1b[2K")


@pytest.mark.parametrize(
    ("terminal", "wanted", "quiet", "kind"),
    [
        (True, None, False, Moving),
        (True, None, True, Silence),
        (True, False, False, Silence),
        (True, True, True, Moving),
        (False, None, False, Lines),
        (False, True, False, Lines),
        (False, None, True, Silence),
    ],
)
def test_what_shows_progress(
    *, terminal: bool, wanted: bool | None, quiet: bool, kind: type[Silence]
) -> None:
    console = Console(file=io.StringIO(), force_terminal=terminal)
    assert type(make_progress(console, wanted=wanted, quiet=quiet)) is kind
