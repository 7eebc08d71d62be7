"""One input into the store: all of it or, when it was read before, nothing of it."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from fluxhound.errors import (
    CorruptInputError,
    FluxhoundError,
    StoreError,
    UnreadableInputError,
)
from fluxhound.history.compaction import Compactor
from fluxhound.history.store import KnownInput, Store
from fluxhound.records import InputReport
from fluxhound.sources.ahead import ahead
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.sniff import format_named, recognise
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally

#: Progress is told at most this often, so that telling costs nothing.
TELL_EVERY_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where an analysis is. ``bytes_total`` is ``None`` for what has no size (standard input)."""

    stage: str  # "read" or "judge"
    input: str
    bytes_read: int
    bytes_total: int | None
    records: int


Tell = Callable[[Progress], None]


class _Rollback(Exception):  # noqa: N818 - not an error: what was read is known already
    """Leave the transaction without its changes."""


class Intake:
    """Reads inputs into one store and reports on each."""

    def __init__(
        self,
        store: Store,
        *,
        options: ReadOptions,
        input_format: str | None = None,
        tell: Tell | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read into *store*; *input_format* forces the format of every input."""
        self._store = store
        self._options = replace(options, views=True)
        self._format = format_named(input_format) if input_format else None
        self._tell = tell
        self._clock = clock
        self._told = float("-inf")
        self.errors: list[FluxhoundError] = []
        self.formats: list[Format] = []

    def take(self, source: str | Path | IO[bytes]) -> InputReport:
        """Read one input and return what became of it; the error, if any, is kept as well."""
        tally = Tally()
        name = _name(source)
        used = self._format.name if self._format else ""
        error: FluxhoundError | None = None
        known = False
        try:
            with _opened(source) as raw:
                stream = Stream(
                    raw,
                    name=name,
                    path=Path(source) if isinstance(source, (str, Path)) else None,
                    on_read=self._on_read(name, raw, tally),
                    watch=self._store.contents(),
                )
                try:
                    chosen = self._chosen(stream)
                    used = chosen.name
                    error, known = self._read(stream, chosen, tally)
                finally:
                    stream.close()
        except StoreError:  # no fault of this input, and the next would fare no better
            raise
        except FluxhoundError as failure:
            error = failure
            tally.observations = 0  # what was added before it was taken back
        if error:
            self.errors.append(error)
        return _report(name, used, tally, error, known=known)

    def _chosen(self, stream: Stream) -> Format:
        if not stream.head:
            _drain(stream)  # an error of the stream says more than "empty"
            raise UnreadableInputError(f"{stream.name}: the input is empty; 0 records were read.")
        return self._format or recognise(stream.head, stream.name)

    def _read(
        self, stream: Stream, chosen: Format, tally: Tally
    ) -> tuple[FluxhoundError | None, bool]:
        error: FluxhoundError | None = None
        source = self._store.next_source()
        compactor = Compactor(self._store.connection, source=source)
        try:
            with self._store.transaction():
                try:
                    made = chosen.read(stream, tally, self._options)
                    with ahead(made, release=stream.close) as batches:
                        for batch in batches:
                            compactor.take(batch)
                    _drain(stream)
                except CorruptInputError as damage:
                    error = damage  # what came before the damage counts
                    with contextlib.suppress(CorruptInputError):
                        _drain(stream)
                compactor.finish()
                self._remember(stream, chosen, tally, source)
        except _Rollback:
            return None, True
        self.formats.append(chosen)
        return error, False

    def _remember(self, stream: Stream, chosen: Format, tally: Tally, source: int) -> None:
        digest = f"{chosen.name}:{stream.digest()}"
        if self._store.knows(digest):
            raise _Rollback
        # A log that grew since it was read: what was read of it then is in this content as well.
        for beginning in stream.begins_with:
            self._store.forget(f"{chosen.name}:{beginning}")
        self._store.remember(
            KnownInput(
                digest=digest,
                name=stream.name,
                format=chosen.name,
                records=tally.records,
                observations=tally.observations,
                not_observable=chosen.not_observable,
                source=source,
                length=stream.length,
            )
        )

    def _on_read(self, name: str, raw: IO[bytes], tally: Tally) -> Callable[[int], None] | None:
        if self._tell is None:
            return None
        tell, total, done = self._tell, _size(raw), 0

        def on_read(count: int) -> None:
            nonlocal done
            done += count
            now = self._clock()
            if now - self._told >= TELL_EVERY_S:
                self._told = now
                tell(
                    Progress(
                        stage="read",
                        input=name,
                        bytes_read=done,
                        bytes_total=total,
                        records=tally.records,
                    )
                )

        return on_read


def _drain(stream: Stream) -> None:
    """Read what a reader left unread: it belongs to the content, by which an input is known."""
    for _ in stream.blocks():
        pass


def _name(source: str | Path | IO[bytes]) -> str:
    if isinstance(source, (str, Path)):
        return str(source)
    name = getattr(source, "name", None)
    return "standard input" if name in (None, "<stdin>", 0) else str(name)


def _opened(source: str | Path | IO[bytes]) -> IO[bytes]:
    if not isinstance(source, (str, Path)):
        return source
    try:
        return Path(source).open("rb", buffering=0)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UnreadableInputError(f"{source}: cannot be read ({reason}).") from error


def _size(raw: IO[bytes]) -> int | None:
    try:
        return os.fstat(raw.fileno()).st_size or None
    except (OSError, ValueError, AttributeError):
        return None


def _report(
    name: str, used: str, tally: Tally, error: FluxhoundError | None, *, known: bool
) -> InputReport:
    return InputReport(
        name=name,
        format=used,
        records=tally.records,
        observations=tally.observations,
        passed_over=dict(tally.passed_over),
        bad=dict(tally.bad),
        samples={reason: tuple(kept) for reason, kept in tally.samples.items()},
        error=str(error) if error else None,
        known=known,
    )
