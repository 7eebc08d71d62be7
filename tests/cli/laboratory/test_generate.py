from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fluxhound.cli.laboratory.generate import FORMATS
from fluxhound.lab.writing import formats
from fluxhound.service.analysis import analyze

Fluxhound = Callable[..., tuple[int, str, str]]
SMALL = ("--archetype", "classic=2", "--archetype", "balancer=3", "--archetype", "ordinary=20")


def test_the_formats_are_those_that_can_be_written() -> None:
    assert tuple(each.name for each in formats.FORMATS) == FORMATS


@pytest.mark.parametrize(
    ("out", "named", "options"),
    [
        ("dns.log", "zeek", ["--loss", "0.1"]),
        ("dns.json.gz", "zeek-json", ["--mixed-case", "0.5"]),
        ("eve.json.zst", "suricata", ["--min-ttl", "60", "--max-ttl", "3600"]),
        ("day.pcap", "pcap", ["--position", "above"]),
        ("day", "dnstap", ["--format", "dnstap", "--no-servers"]),
        ("day.cof", "cof", ["--days", "2"]),
        ("day.parquet", "table", ["--aggregated"]),
        ("day.csv", "table", ["--start", "2025-01-01", "--set", "classic.ttl=60"]),
    ],
)
def test_traffic_is_written_and_can_be_analysed(
    out: str, named: str, options: list[str], fluxhound: Fluxhound
) -> None:
    status, paths, told = fluxhound("lab", "generate", "--out", out, *SMALL, *options)
    assert status == 0, told
    path, truth = map(Path, paths.splitlines())
    assert str(path) == out
    assert path.stat().st_size > 1000
    assert truth.name.startswith(f"{out}.truth.")
    assert "2 of them flux; seed 1" in told
    with analyze([path]) as analysis:
        (report,) = analysis.totals.inputs
    assert report.format == named
    assert report.observations > 50
    assert not report.bad
    assert not report.error


def test_the_truth_names_what_is_in_the_traffic(fluxhound: Fluxhound) -> None:
    fluxhound("lab", "generate", "--out", "a.log", *SMALL)
    rows = [json.loads(line) for line in Path("a.log.truth.jsonl").read_text().splitlines()]
    flux = [row for row in rows if row["flux"]]
    assert {row["archetype"] for row in flux} == {"classic"}
    log = Path("a.log").read_text()
    assert any(row["registered_domain"] in log for row in flux)


def test_the_same_options_give_the_same_traffic(fluxhound: Fluxhound) -> None:
    for name in ("a.log", "b.log"):
        fluxhound("lab", "generate", "--out", name, *SMALL, "--seed", "7")
    fluxhound("lab", "generate", "--out", "c.log", *SMALL, "--seed", "8")
    one, same, other = (Path(name).read_bytes() for name in ("a.log", "b.log", "c.log"))
    assert one == same != other


def test_a_file_is_not_replaced_unless_asked(fluxhound: Fluxhound) -> None:
    Path("a.log.truth.jsonl").write_text("mine")
    status, out, err = fluxhound("lab", "generate", "--out", "a.log", *SMALL)
    assert (status, out) == (2, "")
    assert err == "fluxhound: a.log.truth.jsonl exists. Add --force to replace it.\n"
    assert not Path("a.log").exists()
    status, out, _ = fluxhound("lab", "generate", "--out", "a.log", *SMALL, "--no-truth")
    assert (status, out) == (0, "a.log\n")
    assert Path("a.log.truth.jsonl").read_text() == "mine"
    assert fluxhound("lab", "generate", "--out", "a.log", *SMALL, "--force", "-q")[0] == 0
    assert Path("a.log.truth.jsonl").read_text() != "mine"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "Missing option '--out'"),
        (["--out", "a"], "its ending does not tell the format"),
        (["--out", "a.log", "--format", "zek"], "'zek' is not one of"),
        (["--out", "none/a.log"], "there is no folder none"),
        (["--out", "a.log", "--aggregated"], "--aggregated goes with cof, parquet and csv"),
        (["--out", "a.log", "--archetype", "clasic=1"], "Did you mean classic?"),
        (["--out", "a.log", "--start", "2h"], "is no day"),
        (["--out", "a.log", "--start", "yesterday"], "is not a time"),
        (["--out", "a.log", "--set", "classic.tl=1"], "tl"),
        (["--out", "a.log", "--min-ttl", "9", "--max-ttl", "5"], "min_ttl"),
        (["--out", "a.log", "--days", "0"], "0"),
        (["--out", "a.log", "--domains", "0"], "1<=x"),
    ],
)
def test_what_makes_no_sense_is_told(
    options: list[str], message: str, fluxhound: Fluxhound
) -> None:
    status, out, err = fluxhound("lab", "generate", *options)
    assert (status, out) == (2, "")
    assert message in err
    assert "defect" not in err
    assert list(Path().iterdir()) == []
