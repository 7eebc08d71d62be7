from __future__ import annotations

import gzip
import stat
from pathlib import Path

import pyarrow as pa
import pytest

from fluxhound.errors import UsageError
from fluxhound.lab.writing.output import written


@pytest.mark.parametrize("name", ["a.log", "a.log.gz", "a.log.zst"])
def test_the_name_tells_the_compression(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with written(path) as sink:
        sink.write(b"ab")
        sink.write(memoryview(b"cd"))
        assert not path.exists()
    content = path.read_bytes()
    if name.endswith(".gz"):
        content = gzip.decompress(content)
    elif name.endswith(".zst"):
        content = pa.CompressedInputStream(pa.BufferReader(content), "zstd").read()
    assert content == b"abcd"
    assert [each.name for each in tmp_path.iterdir()] == [name]
    assert stat.S_IMODE(path.stat().st_mode) & 0o600 == 0o600


def test_compression_can_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    with written(path, compress=False) as sink:
        sink.write(b"ab")
    assert path.read_bytes() == b"ab"


@pytest.mark.parametrize("name", ["a.log", "a.log.gz", "a.log.zst"])
@pytest.mark.parametrize("failure", [KeyboardInterrupt, ValueError])
def test_a_failure_leaves_what_was_there(
    failure: type[BaseException], name: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(b"before")

    def fail() -> None:
        with written(path) as sink:
            sink.write(b"half")
            raise failure

    with pytest.raises(failure):
        fail()
    assert path.read_bytes() == b"before"
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    for path in (tmp_path / "none" / "a.log", tmp_path):
        with pytest.raises(UsageError, match=r"cannot be written \("), written(path) as sink:
            sink.write(b"a")
    assert list(tmp_path.iterdir()) == []
