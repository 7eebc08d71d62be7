"""The ranked table on a terminal: nothing important is lost at 80 columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from fluxhound.records import Finding, Totals, VerdictKind
from fluxhound.sharing import measures, ranking, sentences
from fluxhound.sharing.glyphs import SHAPES, STYLES, Writing, writing
from fluxhound.sharing.grid import GAP, Cell, Column, clipped, fold, headings, rows, widest
from fluxhound.sharing.overview import next_command, total_parts
from fluxhound.sharing.ranking import Fold
from fluxhound.sharing.turnover import turnover

#: A reason narrower than this is read word by word: it goes below the row instead.
REASON_WIDTH = 36
REASON_LINES = 2
NAME_WIDTH = 26
INDENT = 2
LOOK_ALIKES_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    heading: str
    cell: Callable[[Fold, Writing], str]
    rank: int  # 0 stays; the highest goes first where the console is narrow
    right: bool = False


def print_table(
    console: Console,
    findings: Sequence[Finding],
    totals: Totals,
    *,
    verbosity: int = 0,
    look_alikes: bool = False,
    defanged: bool = True,
    where: str | None = None,
) -> None:
    """Print the ranked findings, the look-alikes if asked for, the totals and what to do next.

    *findings* may hold entities that are no finding: they are what *look_alikes* shows. *where*
    is how the same inputs are named again on a command line.
    """
    write = writing(console, defanged=defanged)
    chosen = ranking.findings_of(findings)
    folded = ranking.folds(chosen)
    if folded:
        _print_rows(console, folded, write, verbosity)
    else:
        _say(console, Text("No finding: nothing here behaves like fast flux."))
    if look_alikes:
        _print_look_alikes(console, findings, write, verbosity)
    _say(console, Text())
    parts = total_parts(totals, rows=len(folded))
    _print_parts(console, [write.text(part) for part in parts], write)
    lead = folded[0].lead if folded else None
    hint = Text("next: ", style="bold").append(
        next_command(lead, totals, write, where), style="not bold"
    )
    _say(console, hint)


def _print_rows(console: Console, folded: list[Fold], write: Writing, verbosity: int) -> None:
    fields, columns, inline = _layout(console.width, folded, write)
    _say(console, headings(columns))
    for item in folded:
        cells = [_cell(field, item, write) for field in fields]
        reason = write.text(sentences.main_reason(item.lead))
        if inline:
            width = columns[-1].width
            text = reason if verbosity else clipped(reason, width, REASON_LINES, write.sign("…"))
            cells.append(Cell(text=text))
        for line in rows(columns, cells):
            _say(console, line)
        if not inline:
            _print_below(console, reason, verbosity, write)
        if verbosity:
            _print_details(console, item, write)


def _print_below(console: Console, text: str, verbosity: int, write: Writing) -> None:
    width = max(console.width - INDENT, 1)
    shown = text if verbosity else clipped(text, width, REASON_LINES, write.sign("…"))
    for line in fold(shown, width):
        _say(console, Text(" " * INDENT + line, style="dim"))


def _print_details(console: Console, item: Fold, write: Writing) -> None:
    lead = item.lead
    _print_below(console, f"evidence: {sentences.counterweight(lead)}", 1, write)
    belongs = sentences.network_sentence(lead)
    if belongs:
        _print_below(console, write.text(belongs), 1, write)
    unseen = sentences.unseen_reason(lead)
    if unseen:
        _print_below(console, write.text(f"{measures.UNSEEN} = {unseen}"), 1, write)
    for member in item.folded:
        text = f"+ {write.name(member.name)}  {member.verdict}  flux {member.flux:.2f}"
        _print_below(console, text, 1, write)


def _layout(
    width: int, folded: list[Fold], write: Writing
) -> tuple[list[_Field], list[Column], bool]:
    """Choose the fields that fit, and whether the reason stands in the row or below it."""
    fields = [field for field in _FIELDS if field.rank < _EMPTY_GOES or _holds(field, folded)]
    columns = _columns(fields, folded, write, width - GAP - REASON_WIDTH)
    left = width - _taken(columns) - GAP
    if left >= REASON_WIDTH:
        return fields, [*columns, Column(heading="WHY", width=left)], True
    columns = _columns(fields, folded, write, width)
    while _taken(columns) > width and (worst := max(fields, key=lambda f: f.rank)).rank:
        fields = [field for field in fields if field is not worst]
        columns = _columns(fields, folded, write, width)
    return fields, columns, False


def _columns(
    fields: Sequence[_Field], folded: list[Fold], write: Writing, width: int
) -> list[Column]:
    columns = []
    for field in fields:
        texts = [field.cell(item, write) for item in folded]
        full = widest(field.heading, texts)
        columns.append(Column(heading=field.heading, width=full, right=field.right))
    others = _taken(columns) - columns[_NAME].width
    name = min(columns[_NAME].width, max(NAME_WIDTH, width - others))
    columns[_NAME] = Column(heading=columns[_NAME].heading, width=name)
    return columns


def _taken(columns: Sequence[Column]) -> int:
    return sum(column.width for column in columns) + GAP * (len(columns) - 1)


def _holds(field: _Field, folded: list[Fold]) -> bool:
    plain = Writing()
    return any(field.cell(item, plain) != measures.UNSEEN for item in folded)


def _cell(field: _Field, item: Fold, write: Writing) -> Cell:
    styles = {"SEVERITY": STYLES[item.lead.severity], "NAME": "bold"}
    return Cell(text=field.cell(item, write), style=styles.get(field.heading, ""))


def _severity(item: Fold, write: Writing) -> str:
    severity = item.lead.severity
    return f"{write.sign(SHAPES[severity])} {severity}"


def _name(item: Fold, write: Writing) -> str:
    name = write.name(item.lead.name)
    return f"{name} + {item.more}" if item.folded else name


def _measure(key: str) -> Callable[[Fold, Writing], str]:
    def cell(item: Fold, write: Writing) -> str:
        return write.sign(measures.count(item.lead.measures.get(key)))

    return cell


_FIELDS = (
    _Field(heading="SEVERITY", cell=_severity, rank=0),
    _Field(heading="VERDICT", cell=lambda item, _: item.lead.verdict.value, rank=0),
    _Field(heading="NAME", cell=_name, rank=0),
    _Field(heading="ADDRS", cell=_measure("addresses"), rank=0, right=True),
    _Field(heading="ASNS", cell=_measure("asns"), rank=1, right=True),
    _Field(heading="CC", cell=_measure("countries"), rank=4, right=True),
    _Field(heading="TTL", cell=_measure("ttl_max"), rank=3, right=True),
    _Field(
        heading="NS-TURNOVER",
        cell=lambda item, write: write.sign(turnover(item.lead)),
        rank=5,
        right=True,
    ),
    _Field(heading="FLUX", cell=lambda item, _: f"{item.lead.flux:.2f}", rank=0, right=True),
    _Field(heading="MALICE", cell=lambda item, _: f"{item.lead.malice:.2f}", rank=2, right=True),
)
_NAME = 2
#: Fields of this rank and above are left out when no row has a value for them.
_EMPTY_GOES = 5


def _print_look_alikes(
    console: Console, entities: Sequence[Finding], write: Writing, verbosity: int
) -> None:
    found = ranking.look_alike_folds(entities)
    unsure = sum(e.verdict is VerdictKind.INSUFFICIENT_EVIDENCE for e in entities)
    _say(console, Text())
    _say(console, Text("LOOK-ALIKES: they change like flux, and are no finding", style="bold"))
    shown = found if verbosity else found[:LOOK_ALIKES_SHOWN]
    for item in shown:
        entity, counted = item.lead, _addresses(item.lead)
        head = f"{entity.verdict}  {_name(item, write)}  flux {entity.flux:.2f}"
        for line in fold(f"{head}  {write.sign(counted)}", console.width):
            _say(console, Text(line))
        _print_below(console, write.text(sentences.main_reason(entity)), verbosity, write)
    if not found:
        _say(console, Text("none"))
    if len(shown) < len(found):
        _say(console, Text(f"and {len(found) - len(shown):,} more (-v shows all)", style="dim"))
    if unsure:
        were = "was" if unsure == 1 else "were"
        _say(console, Text(f"{unsure:,} more {were} seen too little to be judged", style="dim"))


def _addresses(entity: Finding) -> str:
    seen = entity.measures.get("addresses")
    if seen is None:
        return f"{measures.UNSEEN} addresses"
    return measures.amount(int(seen), "address", "addresses")


def _print_parts(console: Console, parts: Sequence[str], write: Writing) -> None:
    """Print parts with dots between them, breaking lines between parts only."""
    joint = f" {write.sign('·')} "
    line = ""
    for part in parts:
        joined = f"{line}{joint}{part}" if line else part
        if line and len(joined) > console.width:
            _say(console, Text(line))
            joined = part
        line = joined
    _say(console, Text(line))


def _say(console: Console, text: Text) -> None:
    console.print(text, soft_wrap=True)
