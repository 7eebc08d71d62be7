"""Hostile input through the whole: it ends in findings or one sentence, and nothing else."""

from __future__ import annotations

import gzip
import io
import re
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fluxhound
from fluxhound.cli.main import run
from fluxhound.errors import FluxhoundError
from fluxhound.records import InputReport
from fluxhound.service.analysis import Analysis, AnalysisOptions
from fluxhound.sharing.document import render_json
from fluxhound.sharing.intake import print_inputs
from fluxhound.sharing.terminal import print_table
from fluxhound.sources.sniff import FORMATS
from tests.scenarios import FLUX
from tests.sharing.consoles import written
from tests.writers import WRITERS, csv_table

TESTS = Path(__file__).parent
FILES = [
    path
    for folder in ("captures", "logs")
    for path in sorted((TESTS / folder).rglob("*"))
    if path.is_file()
]
FORMAT_NAMES = [form.name for form in FORMATS]
NARROW = AnalysisOptions(threads=1)
TABLE = FLUX["classic"].table(duration_s=2 * 3_600)
#: Formats in which several records make one answer.
IN_PIECES = ("dnsmasq", "suricata")
WRITTEN = {writer: write(TABLE).decode() for writer, write in WRITERS.items()}
#: What a terminal acts upon: controls of ASCII and Latin-1, but for the line end, and the
#: characters that change the direction of writing.
ACTED_UPON = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def is_a_sentence(text: str) -> bool:
    return 10 < len(text) < 4_000 and "\n" not in text and "Traceback" not in text


def accounted(report: InputReport) -> bool:
    """Tell whether every record is passed on, passed over, bad, or the input has an error."""
    if report.format in IN_PIECES:
        return True
    known = report.observations + sum(report.passed_over.values()) + sum(report.bad.values())
    return known >= report.records or report.error is not None


def everything(analysis: Analysis) -> str:
    """Return all that people see of an analysis on a terminal."""
    entities = analysis.entities
    table = written(
        200,
        lambda console: print_table(
            console, entities, analysis.totals, verbosity=2, look_alikes=True
        ),
    )
    return table + written(200, lambda console: print_inputs(console, analysis.totals, 2))


@pytest.mark.parametrize("name", [None, *FORMAT_NAMES])
def test_every_file_through_every_format_by_force(name: str | None) -> None:
    options = AnalysisOptions(input_format=name, threads=1)
    try:
        analysis = fluxhound.analyze(FILES, options=options)
    except FluxhoundError as error:
        assert is_a_sentence(str(error))  # noqa: PT017 - either way is right
        return
    with analysis:
        reports = analysis.totals.inputs
        assert len(reports) == len(FILES)
        assert [r.name for r in reports if r.error and not is_a_sentence(r.error)] == []
        assert [r.name for r in reports if not accounted(r)] == []
        assert not ACTED_UPON.search(everything(analysis))
        orjson.loads(render_json(analysis.entities, analysis.totals))


EMPTY = {
    "nothing": b"",
    "newline": b"\n",
    "newlines": b"\n" * 5_000,
    "blanks": b" \t\r\n" * 100,
    "nulls": bytes(5_000),
    "gzip of nothing": gzip.compress(b""),
    "gzip of newlines": gzip.compress(b"\n" * 5_000),
    "gzip of gzip": gzip.compress(gzip.compress(csv_table(TABLE))),
    "half a magic": b"\x1f",
    "only gzip's magic": b"\x1f\x8b",
    "byte order mark": b"\xef\xbb\xbf",
    "one brace": b"{",
    "one hash": b"#",
}


@pytest.mark.parametrize("name", [None, "zeek", "suricata", "table", "pcap", "dnstap"])
def test_inputs_that_hold_nothing(name: str | None) -> None:
    options = AnalysisOptions(input_format=name, threads=1)
    sources = [io.BytesIO(content) for content in EMPTY.values()]
    try:
        with fluxhound.analyze(sources, options=options) as analysis:
            reports = analysis.totals.inputs
            assert analysis.totals.responses == 0
    except FluxhoundError as error:
        assert is_a_sentence(str(error))  # noqa: PT017 - either way is right
        return
    assert all(r.error is None or is_a_sentence(r.error) for r in reports)
    assert [r.observations for r in reports] == [0] * len(EMPTY)


ZEEK = "#separator \\x09\n#path\tdns\n#fields\tts\tid.resp_h\tquery\tqtype_name\tanswers\tTTLs\n"


@pytest.mark.parametrize("label", EMPTY)
def test_nothing_read_is_loud(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, label: str
) -> None:
    path = tmp_path / "dns.log"
    path.write_bytes(EMPTY[label])
    status = run(["analyze", str(path)])
    out, err = capfd.readouterr()
    assert (status, out) == (3, "")
    assert err.startswith("fluxhound: ")
    assert is_a_sentence(err.strip())


@pytest.mark.parametrize("content", [ZEEK, ZEEK + "\n\n"])
def test_a_log_without_records_is_loud(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, content: str
) -> None:
    (tmp_path / "dns.log").write_text(content)
    assert run(["analyze", str(tmp_path / "dns.log")]) == 0
    out, err = capfd.readouterr()
    assert out == ""
    assert "Read 0 records" in err


TIMES = ("0", "-1", "4102444800", "99999999999999", "1e400", "nan", "-inf", "")


@pytest.mark.parametrize(("writer", "between"), [("zeek-tsv", "\t"), ("csv", ",")])
def test_times_that_cannot_be_are_bad_records(writer: str, between: str) -> None:
    lines = WRITERS[writer](TABLE.slice(0, 30)).decode().splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("179"))
    for place, time in enumerate(TIMES, start=first + 3):
        lines[place] = between.join([time, *lines[place].split(between)[1:]])
    with fluxhound.analyze(io.BytesIO("\n".join(lines).encode()), options=NARROW) as analysis:
        report = analysis.totals.inputs[0]
        assert (report.records, report.observations, report.error) == (30, 22, None)
        assert sum(report.bad.values()) == len(TIMES)
        assert analysis.totals.first is not None
        assert analysis.totals.last is not None
        assert analysis.totals.first.year == analysis.totals.last.year == 2026


HOSTILE = [
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x9b31m",
    "\u202eelpmaxe",
    "\u2066\u2069",
    "a\x08\x08\x08b",
    "\x00",
    "<script>alert(1)</script>",
    "'; DROP TABLE history; --",
    "=cmd|' /C calc'!A0",
    "[bold red]x[/bold red]",
    "%s%n{0}",
    "a\\x1b[31mb",
    "x" * 300,
    "é" * 60,
    "|",
    "..",
]


def with_prefix(hostile: str) -> list[bytes]:
    """Return logs in which a fluxing name begins otherwise."""
    name = FLUX["classic"].judged
    logs = []
    for writer in ("zeek-tsv", "zeek-json", "eve-v2", "cof"):
        word = hostile if writer == "zeek-tsv" else orjson.dumps(hostile).decode()[1:-1]
        logs.append(WRITTEN[writer].replace(name, f"{word}.{name}").encode())
    return logs


def test_what_a_name_holds_never_reaches_the_terminal_raw() -> None:
    logs = [log for hostile in HOSTILE for log in with_prefix(hostile)]
    with fluxhound.analyze([io.BytesIO(log) for log in logs], options=NARROW) as analysis:
        assert len(analysis.entities) >= len(HOSTILE) // 2
        assert not ACTED_UPON.search(everything(analysis))
        for finding in analysis.entities[:: len(analysis.entities) // 5]:
            assert analysis.timeline(finding.name, finding.entity).rows
        orjson.loads(render_json(analysis.entities, analysis.totals))


@given(st.text(max_size=30))
@settings(max_examples=4, deadline=None)
def test_no_name_reaches_the_terminal_raw(hostile: str) -> None:
    start = f"1500000000.0\t10.0.0.53\t{hostile}.a.example\tA\t203.0.113."
    content = ZEEK + "".join(f"{start}{i}\t60\n" for i in range(9))
    try:
        analysis = fluxhound.analyze(
            io.BytesIO(content.encode("utf-8", "replace")),
            options=AnalysisOptions(threads=1, wide=True),
        )
    except FluxhoundError as error:
        assert is_a_sentence(str(error))  # noqa: PT017 - either way is right
        return
    with analysis:
        assert not ACTED_UPON.search(everything(analysis))


def test_hostile_names_of_files_are_told_harmlessly(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "dns\x1b[31m\n\u202e.log"
    path.write_bytes(b"no log")
    assert run(["analyze", str(path)]) == 3
    out, err = capfd.readouterr()
    assert not ACTED_UPON.search(out + err)
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("count", [2**53 - 1, 10**30])
def test_weights_that_are_too_heavy(count: int) -> None:
    row = {"rrname": "a.example", "rrtype": "A", "time_first": 1.5e9, "time_last": 1.6e9}
    rows = [row | {"rdata": f"203.0.113.{i}", "count": count} for i in range(200)]
    content = b"\n".join(
        str(r).replace("'", '"').encode()
        for r in rows  # orjson stops at 64 bits
    )
    with fluxhound.analyze(
        io.BytesIO(content), options=AnalysisOptions(threads=1, wide=True)
    ) as analysis:
        assert analysis.totals.inputs[0].records == 200
        assert analysis.entities is not None
