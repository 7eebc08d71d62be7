from __future__ import annotations

import io

import pytest

from fluxhound.errors import CorruptInputError
from fluxhound.sources.engine import Engine
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally
from fluxhound.sources.zeek import MAX_LAYOUTS
from fluxhound.sources.zeektable import is_zeek, tables

JUDGE = """SELECT uid, host, NULL::VARCHAR AS sample,
           CASE WHEN uid = 'skip' THEN 'other event' END AS reason FROM objects"""
HEADER = b"#path\thttp\n#fields\tuid\thost\n"


def rows(content: bytes) -> tuple[list[tuple[str, str]], Tally]:
    tally = Tally()
    stream = Stream(io.BytesIO(content), name="input")
    found = tables(
        stream, tally, Engine.here(), path="http", wanted=("uid", "host"), judge=JUDGE
    )  # fmt: skip
    pairs = [(r["uid"], r["host"]) for table in found for r in table.to_pylist()]
    stream.close()
    return pairs, tally


@pytest.mark.parametrize(
    ("content", "pairs"),
    [
        (HEADER + b"a\tb\n", [("a", "b")]),
        (HEADER + b"a\tb", [("a", "b")]),
        (HEADER + b"a\t-\n", [("a", None)]),
        (HEADER + b"a\tb\n#close\n" + HEADER + b"c\td\n", [("a", "b"), ("c", "d")]),
        (b"#path\thttp\n#fields\tuid\na\n", [("a", None)]),
        (b"#separator \\x20\n#path http\n#fields uid host\na b\n", [("a", "b")]),
        (HEADER + b"skip\tb\n", []),
        (HEADER + b"\xff\tb\n", [("\\xff", "b")]),
        (HEADER + b'"a\tb"\n', [('"a', 'b"')]),
        (HEADER, []),
    ],
)
def test_records(content: bytes, pairs: list[tuple[str, str]]) -> None:
    assert rows(content)[0] == pairs


def test_a_log_that_changes_its_columns_all_the_time_is_given_up() -> None:
    changing = b"".join(b"#fields\tuid\tc%d\na\tb\n" % n for n in range(MAX_LAYOUTS + 2))
    with pytest.raises(CorruptInputError, match="changes of columns"):
        rows(b"#path\thttp\n" + changing)


@pytest.mark.parametrize(
    ("head", "path", "told"),
    [
        (HEADER, "http", True),
        (HEADER, "conn", False),
        (b"#fields\tuid\n", "http", False),
        (b"uid\thost\n", "http", False),
        (b"", "http", False),
    ],
)
def test_told_by_its_header(head: bytes, path: str, *, told: bool) -> None:
    assert is_zeek(head, path) is told
