from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pytest

from fluxhound.cli.correlating.inputs import read_all, tell
from fluxhound.errors import UnreadableInputError
from fluxhound.sources.flows.sniff import recognise

CONN = b"#path\tconn\n#fields\tts\tid.orig_h\tid.resp_h\n1\t10.0.0.1\t192.0.2.1\nx\t10.0.0.1\t1\n"


def drained(batches: Iterable[pa.RecordBatch]) -> None:
    for _ in batches:
        pass


def test_what_became_of_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad, empty = tmp_path / "conn.log", tmp_path / "bad\x1b", tmp_path / "empty"
    good.write_bytes(CONN)
    bad.write_bytes(b"nonsense")
    empty.write_bytes(b"")
    paths = [str(path) for path in (good, bad, empty, tmp_path / "none")]
    reports = read_all(paths, recognise, drained)
    assert [report.observations for report in reports] == [1, 0, 0, 0]
    assert [bool(report.error) for report in reports] == [False, True, False, True]
    tell(reports, 1)
    said = capsys.readouterr().err
    assert "1 bad records (1 time out of range)" in said
    assert "\x1b" not in said


def test_nothing_that_can_be_read(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError, match="cannot be read"):
        read_all([str(tmp_path / "none")], recognise, drained)
