"""What became of the inputs: bad records by reason with samples, and loud words where none came."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from fluxhound.records import InputReport, Totals
from fluxhound.sharing import measures
from fluxhound.sharing.glyphs import Writing, writing
from fluxhound.sharing.overview import reason_counts, reason_samples, trouble

REASONS_SHOWN = 8


def print_inputs(console: Console, totals: Totals, verbosity: int = 0) -> None:
    """Print what could not be read, or read only in part; with -v every input with its counts.

    *console* is the one of messages (standard error), never that of results.
    """
    write = writing(console, defanged=False)
    for report in totals.inputs:
        _print_trouble(console, report, write, verbosity)
        if verbosity > 0:
            _print_counts(console, report, write)
    _print_bad(console, totals, write, verbosity)
    if verbosity >= 0 and not any(report.records or report.known for report in totals.inputs):
        loud = "Read 0 records: nothing was analysed. Check the paths, and the format with "
        _say(console, Text(f"{loud}--input-format.", style="bold red"))


def _print_trouble(console: Console, report: InputReport, write: Writing, verbosity: int) -> None:
    name = write.text(report.name)
    if report.error is not None:
        _say(console, Text(f"{name}: {write.text(trouble(report))}", style="red"))
    elif report.known:
        if verbosity >= 0:
            _say(console, Text(f"{name}: already in the store; nothing was added."))
    elif report.records == 0:
        _say(console, Text(f"{name}: read 0 records.", style="bold red"))
    elif report.observations == 0:
        _say(
            console,
            Text(f"{name}: none of {measures.amount(report.records, 'record')} held an answer."),
        )


def _print_counts(console: Console, report: InputReport, write: Writing) -> None:
    read = measures.amount(report.records, "record")
    said = f"{read}, {measures.amount(report.observations, 'answer')}"
    _say(console, Text(f"{write.text(report.name)} ({write.text(report.format)}): {said}"))
    for reason, amount in _by_count(report.passed_over):
        _say(console, Text(f"  passed over {amount:,}: {write.text(reason)}", style="dim"))


def _print_bad(console: Console, totals: Totals, write: Writing, verbosity: int) -> None:
    counts = reason_counts(totals)
    if not counts or verbosity < 0:
        return
    total = sum(counts.values())
    _say(console, Text(f"{measures.amount(total, 'bad record')} skipped:", style="yellow"))
    shown = list(counts.items())[: None if verbosity else REASONS_SHOWN]
    for reason, amount in shown:
        _say(console, Text(f"  {amount:>9,}  {write.text(reason)}"))
        samples = reason_samples(totals, reason)
        for sample in samples if verbosity else samples[:1]:
            _say(console, Text(f"             {write.text(sample)}", style="dim"))
    if len(shown) < len(counts):
        more = measures.amount(len(counts) - len(shown), "more reason")
        _say(console, Text(f"  and {more} (-v shows all)"))


def _by_count(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _say(console: Console, text: Text) -> None:
    console.print(text, soft_wrap=True)
