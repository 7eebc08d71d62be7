"""Entries for files of every form, and a way to run the program that a file is for."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from fluxhound.response.entries import Answer, Entry, Mode, Trigger
from fluxhound.response.lists.choice import render
from fluxhound.response.lists.writing import write
from fluxhound.response.zone import ZoneNames
from tests.response.rules import NOW, entry, logged, passing, sinkholed

NAMES = ZoneNames.below("rpz.fluxhound")
ENTRIES = [
    entry("bad.example"),
    entry("nodata.example", answer=Answer.NODATA),
    entry("host.shared.example", exact=True),
    sinkholed("flux.example"),
    sinkholed("one.shared.example", exact=True),
    entry("alias.example", mode=Mode.SINKHOLE, answer=Answer.CNAME, target=("s.corp.example",)),
    entry(r"odd\032name\034.example"),
    entry("under_score-.example"),
    passing("good.bad.example"),
    passing("corp.example"),
    entry("host.corp.example"),
    logged("watched.example"),
    entry("ns.bad.example", trigger=Trigger.NSDNAME, exact=True),
    entry("192.0.2.0/24", trigger=Trigger.NSIP),
    entry("198.51.100.7", trigger=Trigger.ADDRESS, hours=2),
    entry("198.51.100.0/28", trigger=Trigger.ADDRESS),
    entry("2001:db8:5::/48", trigger=Trigger.ADDRESS),
]
MANY = [
    *ENTRIES,
    *(entry(f"10.{n // 250}.{n % 250}.0/24", trigger=Trigger.ADDRESS) for n in range(2000)),
]


def checked(tmp_path: Path, form: str, entries: Sequence[Entry] = ENTRIES) -> Mapping[str, str]:
    files = render(form, entries, NAMES, NOW)
    write(tmp_path, files)
    return files


def run(*words: str, expected: int = 0) -> str:
    if not shutil.which(words[0]):
        pytest.skip(f"needs {words[0]}")
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=30)
    told = done.stdout + done.stderr
    assert done.returncode == expected, told
    return told
