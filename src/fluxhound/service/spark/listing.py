"""What a cluster is given to read: files found on any storage, told by their first bytes.

Logs of one record on each line are read in parts; everything else, and what is compressed, as
whole files, each by one worker.
"""

from __future__ import annotations

import fnmatch
import io
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fluxhound.errors import FluxhoundError, UnreadableInputError
from fluxhound.service.spark.parsing import layout_lines
from fluxhound.sources.format import Format
from fluxhound.sources.sniff import format_named, recognise
from fluxhound.sources.stream import HEAD_BYTES, Stream

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: Formats whose lines say all that is needed to read them: any part of a file can be read alone.
BY_LINES = ("zeek", "zeek-json", "cof")
#: A file that one worker reads whole is held in memory, twice. Chosen, not measured.
WHOLE_FILE_BYTES = 512 << 20
#: More files than this are taken for a mistake. Chosen, not measured.
MOST_FILES = 200_000
#: What marks a pattern in Spark's and Hadoop's paths, and what must stand before it.
_MAGIC = re.compile(r"([\\\[\]{}*?,])")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One file: where Spark finds it, and how long it is in bytes."""

    name: str
    path: str
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How files are read that are read alike."""

    format: Format
    by_lines: bool
    header: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An input that cannot be read, and why."""

    name: str
    error: FluxhoundError


def is_remote(name: str) -> bool:
    """Tell whether *name* is an address of some storage: ``s3a://bucket/dns/``."""
    return bool(_SCHEME.match(name))


def sort_inputs(
    spark: SparkSession, names: Iterable[str], *, input_format: str | None
) -> tuple[dict[Kind, list[Place]], list[Failure]]:
    """Return the files that are read alike, and the inputs that cannot be read."""
    files = Storage(spark)
    kinds: dict[Kind, list[Place]] = {}
    failures: list[Failure] = []
    forced = format_named(input_format) if input_format else None
    for name in names:
        try:
            for place in files.find(name):
                kinds.setdefault(_kind(files.head(place), place, forced), []).append(place)
        except FluxhoundError as error:
            failures.append(Failure(name=name, error=error))
    return kinds, failures


def _kind(head: bytes, place: Place, forced: Format | None) -> Kind:
    if not head:
        raise UnreadableInputError(f"{place.name}: the input is empty; 0 records were read.")
    stream = Stream(io.BytesIO(head), name=place.name)
    try:
        if not stream.head:  # what cannot be decompressed says so when it is read
            for _ in stream.blocks():
                pass
        chosen = forced or recognise(stream.head, place.name)
        compressed = bool(stream.compression)
    finally:
        stream.close()
    if chosen.name in BY_LINES and not compressed:
        return Kind(format=chosen, by_lines=True, header=_header(head))
    if place.length > WHOLE_FILE_BYTES:
        raise UnreadableInputError(
            f"{place.name}: {'compressed files' if compressed else chosen.title + ' files'} above "
            f"{WHOLE_FILE_BYTES >> 20} MiB are not read on Spark: one worker holds each whole. "
            "Split it, or give it uncompressed as Zeek log or COF."
        )
    return Kind(format=chosen, by_lines=False)


def _header(head: bytes) -> bytes:
    lines = []
    for line in head.splitlines(keepends=True):
        if not line.startswith(b"#"):
            break
        lines.append(line)
    return b"".join(layout_lines(lines))


class Storage:
    """Files on whatever storage the cluster reads, through Hadoop's file systems."""

    def __init__(self, spark: SparkSession) -> None:
        """Use the file systems that *spark* is set up for."""
        # The gateway to Java has no types.
        self._jvm: Any = spark.sparkContext._jvm  # noqa: SLF001 - Spark has no other way
        self._settings: Any = spark.sparkContext._jsc.hadoopConfiguration()  # noqa: SLF001

    def find(self, name: str) -> Iterator[Place]:
        """Yield the files that *name* stands for, in order: a file, or what is in a folder.

        Raises:
            UnreadableInputError: there is none, or the storage cannot be reached.
        """
        remote = is_remote(name)
        pattern = name if remote else _local(name)
        for found in self._tried(name, lambda: self._matched(pattern)):
            path = str(found.getPath())
            shown = path if remote else name
            if os.path.basename(path).startswith(("_", ".")):  # noqa: PTH119 - no path of here
                raise UnreadableInputError(
                    f"{shown}: Spark passes over files whose name begins so. Rename it."
                )
            yield Place(name=shown, path=_MAGIC.sub(r"\\\1", path), length=int(found.getLen()))

    def head(self, place: Place) -> bytes:
        """Return the first bytes of a file.

        Raises:
            UnreadableInputError: it cannot be read.
        """
        return bytes(self._tried(place.name, lambda: self._first_bytes(place)))

    def _first_bytes(self, place: Place) -> bytes:
        path = self._jvm.org.apache.hadoop.fs.Path(re.sub(r"\\(.)", r"\1", place.path))
        opened = path.getFileSystem(self._settings).open(path)
        try:
            return bytes(opened.readNBytes(HEAD_BYTES))
        finally:
            opened.close()

    def _matched(self, pattern: str) -> list[Any]:
        path = self._jvm.org.apache.hadoop.fs.Path(pattern)
        system = path.getFileSystem(self._settings)
        found: list[Any] = []
        for status in system.globStatus(path) or ():
            if not status.isDirectory():
                found.append(status)
                continue
            inside = system.listFiles(status.getPath(), True)
            while inside.hasNext():
                one = inside.next()
                if not _hidden(str(one.getPath())[len(str(status.getPath())) :]):
                    found.append(one)
                if len(found) > MOST_FILES:
                    raise UnreadableInputError(
                        f"There are more than {MOST_FILES:,} files. Name fewer folders."
                    )
        return sorted(found, key=lambda status: str(status.getPath()))

    @staticmethod
    def _tried(name: str, asked: Any) -> Any:
        from py4j.protocol import Py4JError  # noqa: PLC0415 - only with the extra

        try:
            found = asked()
        except Py4JError as error:
            java = getattr(error, "java_exception", None)
            reason = str(java.getMessage() if java else error).splitlines()[0][:200]
            raise UnreadableInputError(f"{name}: cannot be read ({reason}).") from error
        if not found and isinstance(found, list):
            raise UnreadableInputError(f"{name}: there is no file to read.")
        return found


def _local(name: str) -> str:
    return "file:" + _MAGIC.sub(r"\\\1", os.path.abspath(name))  # noqa: PTH100 - Hadoop's form


def _hidden(path: str) -> bool:
    return any(fnmatch.fnmatchcase(part, "[._]*") for part in path.split("/") if part)
