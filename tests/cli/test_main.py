from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from fluxhound import __version__
from fluxhound.cli import main
from fluxhound.cli.main import COMMANDS, group, run
from fluxhound.errors import ConfigurationError, CorruptInputError
from tests.cli.stand_in import StandIn

Fluxhound = Callable[..., tuple[int, str, str]]
PROGRAM = [sys.executable, "-c", "from fluxhound.cli.main import main; main()"]


def test_help_lists_every_command_and_ends_with_examples(fluxhound: Fluxhound) -> None:
    status, out, _ = fluxhound("--help")
    assert status == 0
    for name, line in COMMANDS.items():
        assert f"  {name}" in out
        assert line in out
    assert out.rstrip().splitlines()[-1].strip().startswith("$ fluxhound")


def test_version(fluxhound: Fluxhound) -> None:
    assert fluxhound("--version") == (0, f"fluxhound {__version__}\n", "")


@pytest.mark.parametrize("args", [["--help"], ["--version"]])
def test_help_and_version_answer_at_once_and_import_nothing_heavy(args: list[str]) -> None:
    command = [sys.executable, "-X", "importtime", *PROGRAM[1:], *args]
    walls = []
    for _ in range(3):
        began = time.perf_counter()
        result = subprocess.run(command, check=True, capture_output=True, text=True)
        walls.append(time.perf_counter() - began)
    heavy = ("pyarrow", "duckdb", "numpy", "rich", "jsonschema", "orjson")
    imported = {line.rpartition("|")[2].strip() for line in result.stderr.splitlines()}
    assert imported.isdisjoint(heavy)
    assert min(walls) < 1.0  # 0.06 s on a quiet machine; CI shares its cores


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_the_line_that_the_list_shows(name: str) -> None:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    assert command.get_short_help_str(200) == COMMANDS[name]


def test_an_unknown_command_is_answered_with_the_nearest(fluxhound: Fluxhound) -> None:
    status, out, err = fluxhound("anlyze", "dns.log")
    assert (status, out) == (2, "")
    assert "There is no command 'anlyze'. Did you mean analyze?" in err


def test_an_unknown_option_is_a_usage_error(fluxhound: Fluxhound) -> None:
    status, _, err = fluxhound("analyze", "--fromat", "csv", "dns.log")
    assert status == 2
    assert "--format" in err
    assert err.startswith("fluxhound: No such option")
    assert err.endswith(" Try fluxhound analyze --help.\n")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ConfigurationError("The key\x1b[31m is\nwrong."), 2),
        (CorruptInputError("dns.log: the gzip data is damaged."), 3),
    ],
)
def test_an_error_is_one_sentence_and_a_status(
    fluxhound: Fluxhound, engine: StandIn, log: str, error: Exception, status: int
) -> None:
    engine.error = error
    got, out, err = fluxhound("analyze", log)
    assert (got, out) == (status, "")
    assert err.startswith("fluxhound: ")
    assert err.count("\n") == 1
    assert "\x1b" not in err


def test_a_defect_is_admitted_without_a_traceback(
    fluxhound: Fluxhound, engine: StandIn, log: str
) -> None:
    engine.error = ZeroDivisionError("oops")
    status, out, err = fluxhound("analyze", log)
    assert (status, out) == (70, "")
    assert "this is a defect in Fluxhound (ZeroDivisionError): run again with -vv" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("flags", [["-vv"], ["-v", "-v"], ["--verbose", "--verbose"], ["-vvv"]])
def test_a_defect_shows_its_traceback_with_vv(
    fluxhound: Fluxhound, engine: StandIn, log: str, flags: list[str]
) -> None:
    engine.error = ZeroDivisionError("oops")
    assert "Traceback" in fluxhound("analyze", log, *flags)[2]


def test_an_interrupt_is_quiet(fluxhound: Fluxhound, engine: StandIn, log: str) -> None:
    engine.error = KeyboardInterrupt()
    status, out, err = fluxhound("analyze", log)
    assert (status, out) == (130, "")
    assert "interrupted" in err
    assert "Traceback" not in err


def test_what_the_engine_makes_of_a_signal_does_not_matter(
    fluxhound: Fluxhound, engine: StandIn, log: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main, "_SIGNALS", [signal.SIGTERM])
    engine.error = KeyboardInterrupt()
    assert fluxhound("analyze", log) == (143, "", "fluxhound: ended by a signal.\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    pipe = tmp_path / "pipe.log"
    os.mkfifo(pipe)
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [*PROGRAM, "analyze", str(pipe)], stderr=subprocess.PIPE, env=environment
    ) as child:
        with pipe.open("wb"):  # opens when the reader does
            child.send_signal(number)
        assert child.wait(30) == 128 + number
        assert child.stderr is not None
        assert child.stderr.read() == b"fluxhound: ended by a signal.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["pipe.log"]


@pytest.mark.parametrize("form", ["table", "jsonl"])
def test_output_that_cannot_be_written_is_no_defect(form: str) -> None:
    example = Path(__file__).parent.parent.parent / "examples" / "papers"
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*PROGRAM, "analyze", str(example), "--format", form],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == b"fluxhound: the output cannot be written (No space left on device).\n"


def test_another_error_of_the_system_is_a_defect(
    fluxhound: Fluxhound, engine: StandIn, log: str
) -> None:
    engine.error = OSError(errno.EBADF, "Bad file descriptor")
    assert fluxhound("analyze", log)[0] == 70


def test_run_returns_the_status(engine: StandIn, log: str) -> None:
    assert run(["analyze", log]) == 0


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    lines = "".join(f"[engine{i}]\n" for i in range(10))
    (tmp_path / "x.toml").write_text(lines)
    with subprocess.Popen(
        [*PROGRAM, "analyze", "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        assert child.wait(30) in (0, 141)
        assert child.stderr.read() == b""


def test_an_interrupt_ends_the_reading_of_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.log"
    os.mkfifo(pipe)
    with subprocess.Popen([*PROGRAM, "analyze", str(pipe)], stderr=subprocess.PIPE) as child:
        with pipe.open("wb"):  # opens when the reader does
            child.send_signal(signal.SIGINT)
        assert child.wait(30) == 130
        assert child.stderr is not None
        assert b"Traceback" not in child.stderr.read()


def test_standard_input_and_a_folder_give_the_same_findings(tmp_path: Path) -> None:
    source = Path(__file__).parent.parent.parent / "examples" / "papers"
    with (source / "dns.log.gz").open("rb") as log:
        piped = subprocess.run(
            [*PROGRAM, "analyze", "-"], stdin=log, capture_output=True, check=True
        )
    walked = subprocess.run([*PROGRAM, "analyze", str(source)], capture_output=True, check=True)
    assert piped.stdout == walked.stdout
    assert piped.stdout.count(b"\n") >= 1
