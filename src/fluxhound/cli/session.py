"""One analysis as the command line asks for it: inputs opened, progress shown."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from rich.console import Console

from fluxhound.cli.inputs import STDIN, expand
from fluxhound.cli.options import Request
from fluxhound.cli.progress import make_progress
from fluxhound.cli.screen import make_console
from fluxhound.errors import UsageError
from fluxhound.intel.brands import brands_of
from fluxhound.service.analysis import Analysis, AnalysisOptions, analyze
from fluxhound.sharing.intake import print_inputs
from fluxhound.sources.format import ReadOptions

LOG_LEVELS = {-1: logging.ERROR, 0: logging.WARNING, 1: logging.INFO, 2: logging.DEBUG}


def analysis_options(
    request: Request, *, wide: bool = False, wanted: tuple[str, ...] = (), new: bool = False
) -> AnalysisOptions:
    """Return the options of the engine for *request*; see there for the others."""
    return AnalysisOptions(
        input_format=request.input_format,
        store=request.store,
        memory_bytes=request.memory,
        threads=request.threads,
        temporary=request.temporary,
        since=request.since,
        until=request.until,
        read=ReadOptions(
            sensor=request.sensor, columns=request.columns, time_unit=request.time_unit
        ),
        asn_table=request.asn_table,
        country_table=request.country_table,
        tables=request.tables,
        wide=wide,
        wanted=wanted,
        new=new,
        brands=brands_of(request.settings.brands),
    )


def opened(paths: list[str], stdin: IO[bytes]) -> list[str | IO[bytes]]:
    """Return what to read, with standard input in place of "-".

    Raises:
        UsageError: if standard input is to be read but nothing is piped in.
    """
    if STDIN in paths and stdin.isatty():
        raise UsageError("Standard input is a terminal. Pipe a log in: zcat FILE | fluxhound ... -")
    return [stdin if path == STDIN else path for path in paths]


def messages(request: Request) -> Console:
    """Return the console for messages, and let the libraries' logs go the same way."""
    logging.basicConfig(
        level=LOG_LEVELS[request.verbosity],
        format="%(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    return make_console(sys.stderr, request.color)


@contextmanager
def session(
    request: Request, *, wide: bool = False, wanted: tuple[str, ...] = (), new: bool = False
) -> Iterator[Analysis]:
    """Run the analysis of *request*, tell what became of the inputs, and close it in the end.

    With *wide* everything that showed three addresses is profiled; *wanted* names in any case. With
    *new* only what the inputs show for the first time is judged.

    Raises:
        UsageError: if there is neither an input nor a store.
        FluxhoundError: whatever the engine cannot go on with.
    """
    if not request.inputs and not (request.store and request.store.exists()):
        raise UsageError("Name a log to read, or a --store that exists. Add --help for examples.")
    if new and not (request.inputs and request.store):
        raise UsageError("--new judges what a log adds to a store: name a log and a --store.")
    console = messages(request)
    sources = opened(expand(request.inputs), sys.stdin.buffer)
    quiet = request.verbosity < 0
    options = analysis_options(request, wide=wide, wanted=wanted, new=new)
    with make_progress(console, wanted=request.progress, quiet=quiet) as progress:
        analysis = analyze(sources, options=options, progress=progress)
    with analysis:
        if sources:
            print_inputs(console, analysis.totals, request.verbosity)
        elif not analysis.totals.responses and not quiet:  # a store alone, judged without reading
            console.print(f"{request.store}: the store holds no answer yet.", soft_wrap=True)
        yield analysis
