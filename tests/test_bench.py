"""The benchmark's log is what it says, and its contenders do the same job."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.contenders import COLUMNS, duckdb_sql, loop
from bench.log_forms import FIELDS, FORMS
from bench.make_logs import write_log, write_logs
from bench.measuring import Measure, table
from fluxhound.lab.writing.responses import complete
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.sniff import recognise
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally

ROWS, NAMES = 20_000, 3_000


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bench") / "zeek.log"
    write_log(path, rows=ROWS, seed=3, names=NAMES)
    return path


def rows(log: Path) -> list[dict[str, str]]:
    lines = [line for line in log.read_text().splitlines() if not line.startswith("#")]
    return [dict(zip(FIELDS, line.split("\t"), strict=True)) for line in lines]


def test_the_same_seed_gives_the_same_bytes(log: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.log"
    write_log(again, rows=ROWS, seed=3, names=NAMES, threads=1)
    assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(log.read_bytes()).digest()


def test_rows_have_the_character_that_was_asked_for(log: Path) -> None:
    found = rows(log)
    assert len(found) == ROWS
    times = [float(row["ts"]) for row in found]
    assert times == sorted(times)
    assert 80_000 < times[-1] - times[0] < 86_400
    answered = [r for r in found if r["qtype_name"] in {"A", "AAAA"} and r["answers"] != "-"]
    assert 0.73 < len(answered) / ROWS < 0.77
    chained = [r for r in answered if r["answers"].split(",")[0][-1].isalpha()]
    assert 0.25 < len(chained) / len(answered) < 0.55
    for row in found:
        answers, ttls = row["answers"].split(","), row["TTLs"].split(",")
        assert len(answers) == len(ttls)
        assert len(set(answers)) == len(answers)
    flux = set(log.with_name("zeek.log.flux.txt").read_text().split())
    assert 15 <= len(flux) <= 25
    assert flux & {row["query"] for row in found}


def test_every_form_holds_the_same_day(tmp_path: Path) -> None:
    paths = {tmp_path / form.file: form for form in FORMS.values()}
    write_logs(paths, rows=3_000, seed=3, names=500)
    found = {path.name: Counter(observations(path)) for path in paths}
    want = found["zeek.log"]
    assert sum(want.values()) > 2_000
    for name in ("zeek.log.gz", "zeek.log.zst", "zeek.json", "zeek.json.gz", "zeek.json.zst"):
        assert found[name] == want, name
    for plain in ("eve.json", "day.parquet", "day.pcap", "day.dnstap", "cof.json"):
        packed = [f"{plain}.{end}" for end in ("gz", "zst") if f"{plain}.{end}" in found]
        assert all(found[each] == found[plain] for each in packed), plain
        if plain != "cof.json":  # where a chain of names ends, there its addresses are
            assert found[plain].total() == want.total(), plain
    assert found["day.parquet"] == want


def observations(path: Path) -> Iterator[tuple[str, str, str, int | None]]:
    with path.open("rb") as raw:
        stream = Stream(raw, name=path.name, path=path)
        for batch in recognise(stream.head, path.name).read(stream, Tally(), ReadOptions()):
            kept = complete(batch).select(["name", "type", "answers", "ttl"])
            yield from (tuple(row.values()) for row in kept.to_pylist())


def test_contenders_agree(log: Path) -> None:
    sums = loop(log)
    assert sums == duckdb_sql(log)
    assert sums["responses"] > 10_000
    assert len(COLUMNS) == len(FIELDS)


def test_the_table_shows_medians_and_ratios() -> None:
    def took(*walls: float) -> list[Measure]:
        return [Measure(wall_s=w, cpu_s=w, peak_bytes=3 << 20, status=0, printed="") for w in walls]

    text = table({"wc -l": took(1, 2, 4), "other": took(10, 30, 40)}, 100)
    assert "| wc -l | 2.00 (1.00-4.00) | 50 | 1.0 | 2.00 | 3 |" in text
    assert "| other | 30.00 (10.00-40.00) | 3 | 10.0 | 30.00 | 3 |" in text


def test_scripts_run_from_anywhere(log: Path, tmp_path: Path) -> None:
    script = Path(__file__).parent.parent / "bench" / "run.py"
    command = [sys.executable, str(script), "--log", str(log), "--rounds", "1", "--only", "loop"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "20,000 rows" in done.stdout
    assert "| Python loop |" in done.stdout
