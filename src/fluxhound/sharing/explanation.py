"""One finding explained on a terminal: what speaks for it, what against, and what would change."""

from __future__ import annotations

import shlex

from rich.console import Console
from rich.text import Text

from fluxhound.records import Finding, Timeline
from fluxhound.sharing import measures
from fluxhound.sharing.balance import print_balance
from fluxhound.sharing.chronicle import print_networks, print_timeline
from fluxhound.sharing.glyphs import SHAPES, STYLES, writing
from fluxhound.sharing.grid import Cell, Column
from fluxhound.sharing.points import ledger
from fluxhound.sharing.sentences import (
    BASELINE_WORDS,
    ENTITY_WORDS,
    SCORE_QUESTIONS,
    action_sentence,
    measured_sentence,
    network_sentence,
    unseen_words,
    verdict_sentence,
)
from fluxhound.sharing.sheet import Sheet

#: Domains of a network that are listed without -v.
MEMBERS_SHOWN = 20


def print_explanation(
    console: Console,
    finding: Finding,
    timeline: Timeline | None,
    *,
    verbosity: int = 0,
    defanged: bool = True,
    where: str = "INPUT...",
) -> None:
    """Print everything that is known about *finding*, the verdict first.

    *timeline* may be ``None``, as for a result that was saved without the traffic. *where* is how
    the same inputs are named again on a command line.
    """
    sheet = Sheet(console=console, write=writing(console, defanged=defanged), verbosity=verbosity)
    _print_verdict(sheet, finding)
    for score, question in SCORE_QUESTIONS.items():
        print_balance(sheet, ledger(finding, score), f"{score.upper()}: {question}")
    if verbosity:
        _print_measures(sheet, finding)
    _print_baselines(sheet, finding)
    if timeline is not None and (timeline.rows or timeline.changes):
        print_timeline(sheet, timeline)
        print_networks(sheet, timeline)
    _print_members(sheet, finding)
    _print_look_alikes(sheet, finding)
    sheet.bullets("WHAT WOULD CHANGE THE VERDICT", finding.counterfactuals)
    sheet.bullets("NOT OBSERVABLE (unknown, not absent)", unseen_words(finding))
    _print_next(sheet, finding, where)


def _print_verdict(sheet: Sheet, finding: Finding) -> None:
    write = sheet.write
    name = write.name(finding.name)
    shape = write.sign(SHAPES[finding.severity])
    head = Text()
    head.append(f"{shape} {finding.severity}", style=STYLES[finding.severity])
    head.append(f"  {finding.verdict}  ").append(name, style="bold")
    kind = ENTITY_WORDS[finding.entity]
    if finding.registered_domain not in {"", finding.name}:
        kind += f" under {write.name(finding.registered_domain)}"
    sheet.say(head.append(f"  ({kind})", style="dim"))
    sheet.say()
    sheet.paragraph(verdict_sentence(finding, name))
    sheet.paragraph(write.text(measured_sentence(finding)))
    if belongs := network_sentence(finding):
        sheet.paragraph(write.text(belongs))
    sheet.paragraph(write.text(action_sentence(finding)))


def _print_measures(sheet: Sheet, finding: Finding) -> None:
    sheet.heading("MEASURES")
    keys = [measure.key for measure in measures.KNOWN]
    if sheet.verbosity > 1:
        keys += measures.others(finding.measures)
    pairs = [
        (measures.title(key), measures.written(key, finding.measures.get(key))) for key in keys
    ]
    sheet.pairs([(sheet.write.text(title), sheet.write.sign(value)) for title, value in pairs])


def _print_baselines(sheet: Sheet, finding: Finding) -> None:
    if not finding.baselines:
        return
    sheet.heading("PUBLISHED RULES (for comparison; they do not count here)")
    rules = finding.baselines.items()
    sheet.pairs([(sheet.write.text(rule), BASELINE_WORDS[fires]) for rule, fires in rules])


def _print_members(sheet: Sheet, finding: Finding) -> None:
    if not finding.members:
        return
    shown = finding.members if sheet.verbosity else finding.members[:MEMBERS_SHOWN]
    sheet.heading(f"REGISTERED DOMAINS OF THE NETWORK ({len(finding.members)})")
    sheet.paragraph(", ".join(map(sheet.write.name, shown)), "  ")
    if len(shown) < len(finding.members):
        sheet.paragraph(f"and {len(finding.members) - len(shown):,} more (-v shows them)", "  ")


def _print_look_alikes(sheet: Sheet, finding: Finding) -> None:
    if not finding.look_alikes:
        return
    sheet.heading("LOOK-ALIKES CONSIDERED, and how well each fits")
    columns = (
        Column(heading="", width=15),
        Column(heading="", width=4, right=True),
        Column(heading="", width=max(sheet.width - 25, 10)),
    )
    for item in sorted(finding.look_alikes, key=lambda item: -item.fit):
        texts = (item.verdict.value, measures.share(item.fit), sheet.write.text(item.reason))
        sheet.rows(columns, [Cell(text=text) for text in texts])


def _print_next(sheet: Sheet, finding: Finding, where: str) -> None:
    name = shlex.quote(sheet.write.name(finding.name))
    if sheet.verbosity > 1:
        inputs = "INPUT..." if where.startswith("--from ") else where
        words = ["fluxhound analyze", inputs, "-o report.html"]
        why = "a report with the picture of the addresses"
    else:
        flag = "-vv" if sheet.verbosity else "-v"
        words = ["fluxhound explain", name, where, flag]
        why = "every answer set and address" if sheet.verbosity else "measures and more answer sets"
    sheet.say()
    hint = Text().append("next: ", style="bold").append(" ".join(filter(None, words)))
    sheet.say(hint.append(f"   ({why})", style="dim"))
