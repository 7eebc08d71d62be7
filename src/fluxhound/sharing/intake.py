"""What became of the inputs: bad records by reason with samples, and loud words where none came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from fluxhound.records import InputReport, Totals
from fluxhound.sharing import measures
from fluxhound.sharing.glyphs import Writing, writing
from fluxhound.sharing.overview import reason_counts, reason_samples, trouble

REASONS_SHOWN = 8
#: Inputs named for one reason; a folder may hold thousands.
NOTES_SHOWN = 8


def print_inputs(console: Console, totals: Totals, verbosity: int = 0) -> None:
    """Print what could not be read, or read only in part; with -v every input with its counts.

    *console* is the one of messages (standard error), never that of results.
    """
    write = writing(console, defanged=False)
    told: Counter[str] = Counter()
    for report in totals.inputs:
        kind = _kind(report)
        if kind and (verbosity >= 0 or kind in _LOUD):
            told[kind] += 1
            if verbosity > 0 or told[kind] <= NOTES_SHOWN:
                _print_note(console, report, kind, write)
        if verbosity > 0:
            _print_counts(console, report, write)
    for kind, amount in told.items():
        if verbosity <= 0 and amount > NOTES_SHOWN:
            more = measures.amount(amount - NOTES_SHOWN, "more input")
            _say(console, Text(f"and {more} that {_ALSO[kind]} (-v names all)", style="dim"))
    _print_bad(console, totals, write, verbosity)
    if verbosity >= 0 and not any(report.records or report.known for report in totals.inputs):
        loud = "Read 0 records: nothing was analysed. Check the paths, and the format with "
        _say(console, Text(f"{loud}--input-format.", style="bold red"))


#: What may be said of an input -> the same of others, which are only counted.
_ALSO = {
    "error": "could not be read, or not to the end",
    "empty": "held no record",
    "unanswered": "held no answer",
    "known": "had been read before",
}
_LOUD = frozenset({"error", "empty"})


def _kind(report: InputReport) -> str:
    """Return what is to be said of an input, or nothing."""
    if report.error is not None:
        return "error"
    if report.known:
        return "known"
    if report.records == 0:
        return "empty"
    return "" if report.observations else "unanswered"


def _print_note(console: Console, report: InputReport, kind: str, write: Writing) -> None:
    records = measures.amount(report.records, "record")
    said, style = {
        "error": (write.text(trouble(report)), "red"),
        "empty": ("read 0 records.", "bold red"),
        "unanswered": (f"none of {records} held an answer.", ""),
        "known": ("its content was read before; nothing was added.", ""),
    }[kind]
    _say(console, Text(f"{write.text(report.name)}: {said}", style=style))


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
        for sample in filter(None, samples if verbosity else samples[:1]):
            _say(console, Text(f"             {write.text(sample)}", style="dim"))
    if len(shown) < len(counts):
        more = measures.amount(len(counts) - len(shown), "more reason")
        _say(console, Text(f"  and {more} (-v shows all)"))


def _by_count(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _say(console: Console, text: Text) -> None:
    console.print(text, soft_wrap=True)
