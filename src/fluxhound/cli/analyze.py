"""``fluxhound analyze``: from DNS logs to ranked findings."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fluxhound import config
from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.options import (
    ENGINE,
    ENGINE_OPTIONS,
    READING_OPTIONS,
    SCREEN_OPTIONS,
    Request,
    make_request,
    with_options,
)
from fluxhound.errors import UsageError

if TYPE_CHECKING:
    from fluxhound.service.analysis import Analysis

RESULTS = "Results"
ENGINES = ("embedded", "spark")

ALARM_STATUS = 1
SKIPPED_STATUS = 4

EXAMPLES = """
$ fluxhound analyze dns.log
$ fluxhound analyze /var/log/zeek/2026-11-24/ --format html -o report.html
$ fluxhound analyze 'eve-*.json.gz' --since 7d --fail-on high
$ zstdcat dns.pcap.zst | fluxhound analyze - --format jsonl | jq .name
$ fluxhound analyze today.log --store flux.duckdb
$ fluxhound analyze dns.14:00-15:00.log.gz --store flux.duckdb --new
"""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@click.argument("inputs", nargs=-1, metavar="INPUT...")
@with_options(
    option(
        RESULTS,
        "--format",
        type=click.Choice(config.OUTPUT_FORMATS),
        help="Output [table; jsonl when piped; by the ending of -o].",
    ),
    option(
        RESULTS,
        "-o",
        "--output",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Write the result here.",
    ),
    option(
        RESULTS,
        "--all",
        "all_entities",
        is_flag=True,
        help="Also everything else that was profiled (slow on large logs).",
    ),
    option(
        RESULTS,
        "--look-alikes",
        is_flag=True,
        help="Also list what only looks like flux (slower on large logs).",
    ),
    option(
        RESULTS,
        "--fail-on",
        type=click.Choice(config.SEVERITIES),
        help="Exit with 1 if a finding is this severe or more.",
    ),
    option(
        RESULTS,
        "--new",
        is_flag=True,
        help="Judge only what INPUT adds to the --store.",
    ),
    option(RESULTS, "--strict", is_flag=True, help="Exit with 4 if anything could not be read."),
    *READING_OPTIONS,
    option(
        ENGINE,
        "--engine",
        type=click.Choice(ENGINES),
        default=ENGINES[0],
        help="Where to work: here, or on Apache Spark [embedded].",
    ),
    option(ENGINE, "--master", metavar="URL", help="For Spark: its master [local[*]]."),
    *ENGINE_OPTIONS,
    *SCREEN_OPTIONS,
)
def command(**given: Any) -> None:
    """Rank the names in DNS logs that behave like fast flux.

    INPUT is a log, a capture, a folder, a pattern or - for standard input; plain, gzip or zstd.
    Formats are told by their content: see fluxhound formats.
    """
    now = datetime.now(UTC)
    request = make_request(given, now=now)

    # --help must not wait for the engine.
    from fluxhound.cli import results  # noqa: PLC0415

    form = results.choose_format(request, given["format"], given["output"], tty=sys.stdout.isatty())
    if given["output"]:
        results.check_output(given["output"])
    wide = given["all_entities"] or given["look_alikes"]
    with _session(request, given, wide=wide) as analysis:
        results.write_results(
            analysis,
            request,
            format=form,
            output=given["output"],
            all_entities=given["all_entities"],
            look_alikes=given["look_alikes"],
            now=now,
        )
        fail_on = given["fail_on"] or request.settings.detection.fail_on
        if results.is_alarm(analysis, fail_on):
            raise click.exceptions.Exit(ALARM_STATUS)
        if given["strict"] and results.something_was_skipped(analysis.totals):
            raise click.exceptions.Exit(SKIPPED_STATUS)


def _session(
    request: Request, given: Mapping[str, Any], *, wide: bool
) -> AbstractContextManager[Analysis]:
    """Return the analysis on the engine that was asked for; only that one is loaded."""
    if given["engine"] == "spark":
        if given["new"]:
            raise UsageError("--new is for a --store, which --engine spark does not keep.")
        from fluxhound.cli.clustered import cluster_session  # noqa: PLC0415

        return cluster_session(request, master=given["master"], wide=wide)
    if given["master"]:
        raise UsageError("--master is for --engine spark.")
    from fluxhound.cli.session import session  # noqa: PLC0415

    return session(request, wide=wide, new=given["new"])
