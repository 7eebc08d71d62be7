"""A packed log gives the lines of its content."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pytest

from fluxhound.errors import CorruptInputError, UnreadableInputError
from fluxhound.sources.logfile import open_log
from fluxhound.sources.packedfile import PackedFile, packing
from fluxhound.sources.stream import LINE_BYTES

LINES = [b"line %d of many\n" % number for number in range(2000)]


def opened(path: Path) -> PackedFile:
    file = open_log(path)
    assert isinstance(file, PackedFile)
    return file


def packed(path: Path, content: bytes) -> Path:
    path.write_bytes(gzip.compress(content))
    return path


def all_lines(file: PackedFile) -> bytes:
    found = b""
    while lines := file.peek():
        found += bytes(lines)
        file.advance(lines)
    return found


def test_all_lines_and_the_rest(tmp_path: Path) -> None:
    file = opened(packed(tmp_path / "a.gz", b"".join(LINES) + b"half"))
    assert file.head().startswith(b"line 0 ")
    assert all_lines(file) == b"".join(LINES)
    assert file.rest() == b"half"
    file.close()


def test_a_mark_of_the_plain_file_is_found(tmp_path: Path) -> None:
    log = tmp_path / "dns.log"
    log.write_bytes(b"".join(LINES))
    plain = open_log(log)
    plain.advance(memoryview(b"".join(LINES[:1500])))
    mark = plain.mark("", "")
    plain.close()
    zstd = tmp_path / "a.zst"
    zstd.write_bytes(pa.Codec("zstd").compress(log.read_bytes(), asbytes=True))
    for path in (packed(tmp_path / "a.gz", log.read_bytes()), zstd):
        file = opened(path)
        assert file.seek(mark)
        assert all_lines(file) == b"".join(LINES[1500:])
        assert file.mark("", "").offset == log.stat().st_size
        file.close()


@pytest.mark.parametrize("content", [b"", b"".join(LINES[:100]), b"x".join(LINES)])
def test_another_content_is_not_taken_for_it(tmp_path: Path, content: bytes) -> None:
    original = opened(packed(tmp_path / "a.gz", b"".join(LINES)))
    original.advance(memoryview(b"".join(LINES[:200])))
    mark = original.mark("", "")
    original.close()
    file = opened(packed(tmp_path / "b.gz", content))
    assert not file.seek(mark)
    file.close()


def test_a_line_longer_than_any_record_is_passed_over(tmp_path: Path) -> None:
    content = b"one\n" + b"x" * (LINE_BYTES + 9) + b"\n" + b"y" * (9 * LINE_BYTES) + b"\ntwo\n"
    file = opened(packed(tmp_path / "a.gz", content))
    # The reader of lines counts what is too long between whole lines; here, what is longer yet.
    found = all_lines(file)
    assert found.startswith(b"one\n")
    assert found.endswith(b"two\n")
    assert file.faults.bad == {"line too long": 1}
    assert file.offset == len(content)
    file.close()


def test_what_stands_before_a_damage_is_read(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.gz", b"".join(LINES))
    path.write_bytes(path.read_bytes()[:-8] + b"damaged!")
    file = opened(path)
    with pytest.raises(CorruptInputError, match="damaged"):
        assert all_lines(file)
    file.close()


def test_which_files_are_packed() -> None:
    assert packing(b"\x1f\x8b\x08", "a")
    assert packing(b"\x28\xb5\x2f\xfd", "a")
    assert not packing(b"#separ", "a")
    with pytest.raises(UnreadableInputError, match="bzip2 -dc"):
        packing(b"BZh9", "a")
