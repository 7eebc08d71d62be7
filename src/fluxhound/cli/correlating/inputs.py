"""Flow records and lists of URLs, opened, recognised and handed on; what became of each is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click
import pyarrow as pa

from fluxhound.errors import FluxhoundError, UnreadableInputError
from fluxhound.records import InputReport
from fluxhound.sharing.escape import printable
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally

Recognise = Callable[[bytes, str], Format]
Take = Callable[[Iterable[pa.RecordBatch]], None]


def read_all(paths: Sequence[str], recognise: Recognise, take: Take) -> tuple[InputReport, ...]:
    """Read *paths*, hand their batches to *take*, and return what became of each.

    Raises:
        UnreadableInputError: not one could be read.
    """
    reports = tuple(_read(path, recognise, take) for path in paths)
    if reports and all(report.error and not report.records for report in reports):
        raise UnreadableInputError(reports[0].error)
    return reports


def _read(path: str, recognise: Recognise, take: Take) -> InputReport:
    tally = Tally()
    name, error = "", None
    try:
        raw = Path(path).open("rb")  # noqa: SIM115 - the stream closes it
    except OSError as failure:
        return _report(path, name, tally, f"{path}: cannot be read ({failure.strerror}).")
    stream = Stream(raw, name=path)
    try:
        if stream.head:
            form = recognise(stream.head, path)
            name = form.name
            take(form.read(stream, tally, ReadOptions()))
        else:
            for _ in stream.blocks():  # an empty file, or one that could not be read at all
                pass
    except FluxhoundError as failure:
        error = str(failure)
    finally:
        stream.close()
    return _report(path, name, tally, error)


def _report(path: str, form: str, tally: Tally, error: str | None) -> InputReport:
    return InputReport(
        name=path,
        format=form,
        records=tally.records,
        observations=tally.observations,
        passed_over=dict(tally.passed_over),
        bad=dict(tally.bad),
        samples={reason: tuple(texts) for reason, texts in tally.samples.items()},
        error=error,
    )


def tell(reports: Sequence[InputReport], verbosity: int) -> None:
    """Say on standard error what could not be read; with -v what each file held."""
    for report in reports:
        if report.error:
            _say(report.error)
        if report.bad and verbosity >= 0:
            bad = ", ".join(f"{count:,} {reason}" for reason, count in report.bad.items())
            _say(f"{report.name}: {sum(report.bad.values()):,} bad records ({bad}).")
            samples = [text for texts in report.samples.values() for text in texts]
            for text in samples if verbosity > 0 else ():
                _say(f"  {text}")
        if verbosity > 0:
            _say(f"{report.name}: {report.format}, {report.observations:,} of {report.records:,}.")


def _say(text: str) -> None:
    click.echo(f"fluxhound: {printable(text)}", err=True)
