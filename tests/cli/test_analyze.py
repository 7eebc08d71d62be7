from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fluxhound.records import Severity
from fluxhound.sharing.validation import validate
from tests.cli.stand_in import StandIn, finding, report, totals

Fluxhound = Callable[..., tuple[int, str, str]]


def test_piped_it_writes_json_lines_and_only_findings(
    fluxhound: Fluxhound, engine: StandIn, log: str
) -> None:
    status, out, err = fluxhound("analyze", log)
    documents = [json.loads(line) for line in out.splitlines()]
    assert (status, err) == (0, "")
    assert [each["name"] for each in documents] == ["evil.example"]
    validate(documents[0])


def test_all_adds_what_is_no_finding(fluxhound: Fluxhound, engine: StandIn, log: str) -> None:
    _, out, _ = fluxhound("analyze", log, "--all")
    assert engine.options.wide
    assert [json.loads(line)["name"] for line in out.splitlines()] == [
        "evil.example",
        "cdn.example",
    ]


@pytest.mark.parametrize("form", ["table", "markdown"])
@pytest.mark.parametrize(
    ("args", "shown"),
    [([], "evil[.]example"), (["--defang"], "evil[.]example"), (["--no-defang"], "evil.example")],
)
def test_names_are_defanged_for_people(
    fluxhound: Fluxhound, engine: StandIn, log: str, form: str, args: list[str], shown: str
) -> None:
    status, out, _ = fluxhound("analyze", log, "--format", form, *args)
    assert status == 0
    assert shown in out


def test_look_alikes_are_listed_on_demand(fluxhound: Fluxhound, engine: StandIn, log: str) -> None:
    for form in ("table", "jsonl", "markdown"):
        assert "cdn" not in fluxhound("analyze", log, "--format", form)[1]
        assert not engine.options.wide
        assert "cdn" in fluxhound("analyze", log, "--format", form, "--look-alikes")[1]
        assert engine.options.wide


@pytest.mark.parametrize("form", ["table", "jsonl", "json", "csv", "markdown", "html"])
@pytest.mark.parametrize("more", [[], ["--look-alikes"]])
def test_not_everything_is_built_unless_asked_for(
    fluxhound: Fluxhound, engine: StandIn, log: str, form: str, more: list[str]
) -> None:
    args = ("analyze", log, "--format", form, "--fail-on", "critical", *more)
    assert fluxhound(*args)[0] == 0
    assert engine.analysis
    assert not engine.analysis.everything_built


def test_json_and_csv(fluxhound: Fluxhound, engine: StandIn, log: str) -> None:
    _, out, _ = fluxhound("analyze", log, "--format", "json")
    assert [each["name"] for each in json.loads(out)["findings"]] == ["evil.example"]
    _, out, _ = fluxhound("analyze", log, "--format", "csv")
    assert [row["name"] for row in csv.DictReader(io.StringIO(out))] == ["evil.example"]


def test_a_report_is_written_to_a_file(fluxhound: Fluxhound, engine: StandIn, log: str) -> None:
    assert fluxhound("analyze", log, "-o", "report.html")[:2] == (0, "")
    assert "<html" in Path("report.html").read_text()


def test_a_table_in_a_file_has_no_colour(fluxhound: Fluxhound, engine: StandIn, log: str) -> None:
    assert fluxhound("analyze", log, "--format", "table", "-o", "out.txt")[:2] == (0, "")
    text = Path("out.txt").read_text()
    assert "evil[.]example" in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("args", "status"),
    [
        ([], 0),
        (["--fail-on", "high"], 1),
        (["--fail-on", "critical"], 0),
        (["--strict"], 0),
    ],
)
def test_the_status(
    fluxhound: Fluxhound, engine: StandIn, log: str, args: list[str], status: int
) -> None:
    assert fluxhound("analyze", log, *args)[0] == status


def test_fail_on_can_be_set(fluxhound: Fluxhound, engine: StandIn, log: str) -> None:
    Path("x.toml").write_text('[detection]\nfail_on = "high"\n')
    assert fluxhound("analyze", log, "--config", "x.toml")[0] == 1


def test_strict_tells_of_bad_records(fluxhound: Fluxhound, engine: StandIn, log: str) -> None:
    engine.totals = totals(report(bad={"not JSON": 3}, samples={"not JSON": ("{oops",)}))
    status, _, err = fluxhound("analyze", log)
    assert status == 0
    assert "{oops" in err
    assert fluxhound("analyze", log, "--strict")[0] == 4
    engine.entities = (finding(severity=Severity.HIGH),)
    assert fluxhound("analyze", log, "--strict", "--fail-on", "high")[0] == 1


@pytest.mark.parametrize(
    ("path", "content"),
    [("none.log", None), ("noise.log", bytes(range(256)) * 9), ("x.gz", b"\x1f\x8b")],
)
def test_no_readable_input(fluxhound: Fluxhound, path: str, content: bytes | None) -> None:
    if content:
        Path(path).write_bytes(content)
    status, out, err = fluxhound("analyze", path)
    assert (status, out) == (3, "")
    assert path in err
    assert err.count("\n") == 1


def test_read_nothing_is_loud(fluxhound: Fluxhound, engine: StandIn, log: str) -> None:
    engine.totals = totals(report(records=0, observations=0), findings=0)
    engine.entities = ()
    status, _, err = fluxhound("analyze", log)
    assert status == 0
    assert "0 records" in err


def test_quiet_says_nothing_of_bad_records(fluxhound: Fluxhound, engine: StandIn, log: str) -> None:
    engine.totals = totals(report(bad={"not JSON": 3}))
    assert fluxhound("analyze", log, "-q")[2] == ""


def test_without_input_it_says_what_it_needs(fluxhound: Fluxhound, engine: StandIn) -> None:
    status, _, err = fluxhound("analyze")
    assert status == 2
    assert "Name a log to read" in err
