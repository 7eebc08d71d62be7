"""One analysis on a cluster as the command line asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fluxhound.cli.inputs import STDIN, expand
from fluxhound.cli.options import Request
from fluxhound.cli.progress import make_progress
from fluxhound.cli.session import analysis_options, messages
from fluxhound.errors import UsageError
from fluxhound.service.analysis import Analysis
from fluxhound.service.spark.analysis import analyze_on_cluster
from fluxhound.service.spark.cluster import local_master
from fluxhound.service.spark.listing import is_remote
from fluxhound.sharing.intake import print_inputs


@contextmanager
def cluster_session(
    request: Request, *, master: str | None, wide: bool = False
) -> Iterator[Analysis]:
    """Run the analysis of *request* on *master*, tell what became of the inputs, and close it.

    Raises:
        UsageError: what is asked for needs the embedded engine.
        FluxhoundError: whatever the cluster or the engine cannot go on with.
    """
    _check(request)
    console = messages(request)
    quiet = request.verbosity < 0
    with make_progress(console, wanted=request.progress, quiet=quiet) as progress:
        analysis = analyze_on_cluster(
            named(request.inputs),
            master=master or local_master(request.threads),
            options=analysis_options(request, wide=wide),
            progress=progress,
        )
    with analysis:
        print_inputs(console, analysis.totals, request.verbosity)
        yield analysis


def _check(request: Request) -> None:
    if not request.inputs:
        raise UsageError("Name what the cluster shall read: files, folders or s3a://BUCKET/PATH.")
    if request.store:
        raise UsageError("--engine spark keeps no --store: leave it out, or analyse here.")
    if STDIN in request.inputs:
        raise UsageError("--engine spark does not read standard input: name files or folders.")


def named(inputs: tuple[str, ...]) -> list[str]:
    """Return the inputs with local folders and patterns taken apart as the embedded engine does."""
    found: dict[str, None] = {}
    for each in inputs:
        found.update(dict.fromkeys([each] if is_remote(each) else expand([each])))
    return list(found)
