from __future__ import annotations

import os
import re
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fluxhound.cli.analyze import command
from fluxhound.cli.options import Request, make_request
from fluxhound.cli.results import (
    check_output,
    choose_format,
    is_alarm,
    something_was_skipped,
    write_file,
)
from fluxhound.errors import UsageError
from fluxhound.records import InputReport, Severity
from tests.cli.stand_in import finding, report, totals


def request(*args: str) -> Request:
    params = command.make_context("analyze", ["dns.log", *args]).params
    return make_request(params, now=datetime(2026, 11, 24, tzinfo=UTC))


@pytest.mark.parametrize(
    ("given", "output", "tty", "chosen"),
    [
        (None, None, True, "table"),
        (None, None, False, "jsonl"),
        ("csv", None, True, "csv"),
        (None, "report.html", True, "html"),
        (None, "findings.CSV", False, "csv"),
        (None, "ticket.md", True, "markdown"),
        (None, "out.txt", False, "table"),
        (None, "out.log", True, "jsonl"),
        ("table", "out.html", False, "table"),
    ],
)
def test_the_format(given: str | None, output: str | None, *, tty: bool, chosen: str) -> None:
    path = Path(output) if output else None
    assert choose_format(request(), given, path, tty=tty) == chosen


def test_the_format_that_is_set_comes_after_the_ending() -> None:
    Path("x.toml").write_text('[output]\nformat = "json"\n')
    configured = request("--config", "x.toml")
    assert choose_format(configured, None, None, tty=True) == "json"
    assert choose_format(configured, None, Path("a.html"), tty=True) == "html"


def test_a_file_is_written_whole_or_not_at_all() -> None:
    path = Path("out.csv")
    write_file(path, [b"old"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~_umask()

    def pieces() -> object:
        yield b"new"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_file(path, pieces())  # type: ignore[arg-type]
    assert path.read_bytes() == b"old"
    assert list(Path().iterdir()) == [path]


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_device_is_written_directly() -> None:
    write_file(Path(os.devnull), [b"gone"])
    assert not Path(os.devnull).is_file()


def test_a_file_that_cannot_be_written() -> None:
    with pytest.raises(UsageError, match=r"none/out\.csv: the result cannot be written"):
        write_file(Path("none/out.csv"), [b""])


@pytest.mark.parametrize(
    ("path", "reason"),
    [("folder", "Is a directory"), ("none/out.csv", "there is no folder none")],
)
def test_output_that_cannot_be_is_told_before_the_work(path: str, reason: str) -> None:
    Path("folder").mkdir()
    check_output(Path("out.csv"))
    check_output(Path(os.devnull))
    with pytest.raises(
        UsageError, match=re.escape(f"{path}: the result cannot be written ({reason})")
    ):
        check_output(Path(path))


@pytest.mark.parametrize(
    ("severity", "fail_on", "alarm"),
    [
        (Severity.HIGH, None, False),
        (Severity.HIGH, "high", True),
        (Severity.CRITICAL, "high", True),
        (Severity.MEDIUM, "high", False),
        (Severity.INFO, "info", True),
    ],
)
def test_alarms(severity: Severity, fail_on: str | None, *, alarm: bool) -> None:
    assert is_alarm([finding(severity=severity)], fail_on) is alarm


@pytest.mark.parametrize(
    ("inputs", "skipped"),
    [
        ([report()], False),
        ([report(records=0)], False),
        ([report(records=0, error="not there"), report()], True),
        ([report(error="damaged in the middle")], True),
        ([report(bad={"not JSON": 1})], True),
    ],
)
def test_what_was_not_read(inputs: list[InputReport], *, skipped: bool) -> None:
    assert something_was_skipped(totals(*inputs)) is skipped
