"""The same day in every form that is read, each beside the bare reading of it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.measuring import MIB, ROOT, Contender, Measure, line, make, rounds
from bench.ways import analyze

#: Forms in the order of the table, and their files as bench/make_logs.py calls them.
FILES = {
    "zeek": "zeek.log",
    "zeek.gz": "zeek.log.gz",
    "zeek.zst": "zeek.log.zst",
    "zeek-json": "zeek.json",
    "zeek-json.gz": "zeek.json.gz",
    "eve": "eve.json",
    "eve.gz": "eve.json.gz",
    "cof": "cof.json",
    "parquet": "day.parquet",
    "pcap": "day.pcap",
    "pcap.gz": "day.pcap.gz",
    "dnstap": "day.dnstap",
}
_HEAD = (
    "| form | MiB | records | bare reading, s | | wall s (range) | records/s | x bare | CPU s "
    "| peak memory, MiB |\n|---|---:|---:|---:|---|---:|---:|---:|---:|---:|"
)


def bare(path: Path) -> Contender:
    """Return what only reads a file, decompressed if it is compressed."""
    if path.suffix == ".gz":
        return Contender(name="bare", command=_python("gunzip", path))
    if path.suffix == ".zst" and shutil.which("zstd"):
        return Contender(name="bare", command=("zstd", "-q", "-t", str(path)))
    return Contender(name="bare", command=("wc", "-l", str(path)))


def contenders(form: str, path: Path) -> list[Contender]:
    """Return the ways through one form, the bare one first."""
    found = [bare(path), Contender(name="fluxhound", command=analyze(path))]
    if form == "pcap" and shutil.which("tshark"):
        found.append(Contender(name="tshark and awk", command=_python("tshark", path)))
    return found


def count(path: Path) -> int:
    """Return the records of a file, by our own reader."""
    counted = subprocess.run(_python("count", path), check=True, capture_output=True, text=True)
    return int(counted.stdout)


def _python(job: str, path: Path) -> tuple[str, ...]:
    return (sys.executable, str(ROOT / "bench" / "contenders.py"), job, str(path))


def report(folder: Path, *, rows: int, turns: int, seed: int, only: Sequence[str] = ()) -> str:
    """Make a day of *rows* in every form whose name has one of the words *only*; return a table."""
    wanted = [form for form in FILES if not only or any(word in form for word in only)]
    place = folder / f"forms-{rows}"
    lacking = [form for form in wanted if not (place / FILES[form]).exists()]
    if lacking:
        size = ("--rows", str(rows), "--seed", str(seed))
        make(place, *size, "--formats", ",".join(lacking), "--into", str(place))
    return "\n".join([_HEAD, *(_line(form, place / FILES[form], turns) for form in wanted)])


def _line(form: str, path: Path, turns: int) -> str:
    found = rounds(contenders(form, path), turns)
    if "fluxhound" not in found:
        return f"| {form} | failed |"
    records, floor = count(path), found.pop("bare")
    fields = [form, f"{path.stat().st_size / MIB:,.0f}", f"{records:,}", f"{_median(floor):.2f}"]
    rows = [line(name, measures, floor, records) for name, measures in found.items()]
    return "\n".join(
        f"| {' | '.join(fields if not at else [''] * 4)} {each}" for at, each in enumerate(rows)
    )


def _median(measures: Sequence[Measure]) -> float:
    return sorted(m.wall_s for m in measures)[len(measures) // 2]
