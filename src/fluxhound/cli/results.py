"""Results in the format that was asked for, on standard output or in a file."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from fluxhound.cli.again import again
from fluxhound.cli.histories import timelines_of
from fluxhound.cli.options import Request
from fluxhound.cli.screen import make_console
from fluxhound.errors import UsageError
from fluxhound.records import SEVERITIES, Finding, Severity, Totals
from fluxhound.service.analysis import Analysis
from fluxhound.sharing.document import render_json, render_jsonl
from fluxhound.sharing.report.page import render_html
from fluxhound.sharing.tabular import render_csv
from fluxhound.sharing.terminal import print_table
from fluxhound.sharing.ticket import render_markdown

ENDINGS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".md": "markdown",
    ".html": "html",
    ".htm": "html",
    ".txt": "table",
}


def choose_format(request: Request, given: str | None, output: Path | None, *, tty: bool) -> str:
    """Return the format: as given, by the file's ending, as set, else by where it goes."""
    by_ending = ENDINGS.get(output.suffix.lower()) if output else None
    default = "table" if tty and not output else "jsonl"
    return given or by_ending or request.settings.output.format or default


def write_results(
    analysis: Analysis,
    request: Request,
    *,
    format: str,  # noqa: A002 - the option's name
    output: Path | None,
    all_entities: bool,
    look_alikes: bool,
    now: datetime,
) -> None:
    """Render the findings (or all entities) and write them.

    Raises:
        UsageError: if the file cannot be written.
    """
    chosen = _chosen(analysis, all_entities=all_entities, look_alikes=look_alikes)
    pieces: Iterable[bytes]
    if format == "table":
        pieces = _table(
            chosen, analysis.totals, request, output, look_alikes=look_alikes or all_entities
        )
    elif format == "jsonl":
        pieces = render_jsonl(chosen)
    elif format == "json":
        pieces = [render_json(chosen, analysis.totals), b"\n"]
    elif format == "csv":
        pieces = [render_csv(chosen).encode()]
    elif format == "markdown":
        pieces = [render_markdown(chosen, analysis.totals, defanged=request.defang).encode()]
    else:
        pieces = [_html(analysis, now, defanged=request.defang).encode()]
    if output:
        write_file(output, pieces)
    else:
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()


def _chosen(analysis: Analysis, *, all_entities: bool, look_alikes: bool) -> list[Finding]:
    """Return what is rendered; all entities are built only if asked for, which takes long."""
    if all_entities:
        return list(analysis.entities)
    return [*analysis, *analysis.look_alikes] if look_alikes else list(analysis)


def _table(
    findings: list[Finding],
    totals: Totals,
    request: Request,
    output: Path | None,
    *,
    look_alikes: bool,
) -> Iterator[bytes]:
    stream = io.StringIO() if output else sys.stdout
    print_table(
        make_console(stream, request.color),
        findings,
        totals,
        verbosity=request.verbosity,
        look_alikes=look_alikes,
        defanged=request.defang,
        where=again(request),
    )
    stream.flush()
    if isinstance(stream, io.StringIO):
        yield stream.getvalue().encode()


def _html(analysis: Analysis, now: datetime, *, defanged: bool) -> str:
    shown = [*analysis, *analysis.look_alikes]
    timelines = timelines_of(analysis)
    return render_html(shown, analysis.totals, timelines, now=now, defanged=defanged)


def check_output(path: Path) -> None:
    """Tell before a long analysis, not after it, that *path* cannot be written.

    Raises:
        UsageError: if it is a folder, or its folder cannot be written.
    """
    folder = path.parent
    if path.is_dir():
        reason = "Is a directory"
    elif not folder.is_dir():
        reason = f"there is no folder {folder}"
    elif not os.access(path if path.exists() else folder, os.W_OK):
        reason = "Permission denied"
    else:
        return
    raise UsageError(f"{path}: the result cannot be written ({reason}).")


def write_file(path: Path, pieces: Iterable[bytes]) -> None:
    """Write *pieces* to *path*, whole or not at all; a device or pipe is written directly.

    Raises:
        UsageError: if the file cannot be written.
    """
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as file:
                file.writelines(pieces)
        else:
            _replace(path, pieces)
    except OSError as error:
        raise UsageError(f"{path}: the result cannot be written ({error.strerror}).") from error


def _replace(path: Path, pieces: Iterable[bytes]) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(pieces)
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def is_alarm(findings: Iterable[Finding], fail_on: str | None) -> bool:
    """Tell whether a finding is as severe as *fail_on*, or more."""
    if fail_on is None:
        return False
    least = SEVERITIES.index(Severity(fail_on))
    return any(SEVERITIES.index(each.severity) >= least for each in findings)


def something_was_skipped(totals: Totals) -> bool:
    """Tell whether an input, or a record of one, could not be read."""
    return any(each.error or each.bad for each in totals.inputs)
