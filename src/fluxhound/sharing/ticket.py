"""Findings as Markdown, ready for a ticket: sentence, what to do, evidence, indicators, method."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from fluxhound.records import Finding, Totals
from fluxhound.sharing import measures
from fluxhound.sharing.balance import measured, sum_line
from fluxhound.sharing.defang import defang
from fluxhound.sharing.document import timestamp, valid
from fluxhound.sharing.escape import markdown, markdown_code
from fluxhound.sharing.overview import total_parts
from fluxhound.sharing.points import Entry, Ledger, ledger, signed
from fluxhound.sharing.ranking import Fold, findings_of, folds, look_alike_folds
from fluxhound.sharing.sentences import (
    ATTRIBUTION,
    BASELINE_WORDS,
    EMBEDDED,
    ENTITY_WORDS,
    LIMITS,
    METHOD,
    REFERENCES,
    SCORE_QUESTIONS,
    action_sentence,
    main_reason,
    measured_sentence,
    unseen_words,
    verdict_sentence,
)

#: A ticket with more findings than this is no ticket. The rest is counted.
FINDINGS_SHOWN = 200
FOLDED_SHOWN = 50
MEMBERS_SHOWN = 50
LOOK_ALIKES_SHOWN = 50


def render_markdown(findings: Iterable[Finding], totals: Totals, *, defanged: bool = True) -> str:
    """Return a Markdown text; what is no finding appears among the look-alikes."""
    entities = tuple(findings)
    chosen = findings_of(entities)
    lines = [f"# Fast flux: {_counted(len(chosen))}", ""]
    folded = folds(chosen)
    lines += [markdown(" · ".join(total_parts(totals))), ""]
    for item in folded[:FINDINGS_SHOWN]:
        lines += _section(item, defanged=defanged)
    if len(folded) > FINDINGS_SHOWN:
        more = measures.amount(len(folded) - FINDINGS_SHOWN, "more domain")
        lines += [f"And findings of {more}, not shown here.", ""]
    lines += _look_alikes(look_alike_folds(entities), defanged=defanged)
    lines += ["## Method and limits", "", *_bullets((METHOD, *LIMITS)), ""]
    lines += _tables(totals)
    lines += ["## References", ""]
    lines += [f"- [{title}]({address})" for title, address in REFERENCES]
    return valid("\n".join(lines) + "\n")


def _tables(totals: Totals) -> list[str]:
    if not totals.tables:
        return []
    title, address = ATTRIBUTION
    dated = ", ".join(f"{table} {date}" for table, date in totals.tables.items())
    return [f"Tables used: {markdown(dated)}. {EMBEDDED} [{title}]({address}).", ""]


def _section(item: Fold, *, defanged: bool) -> list[str]:
    finding = item.lead
    name = markdown_code(defang(finding.name) if defanged else finding.name)
    return [
        f"## {finding.severity.capitalize()}: {finding.verdict} {name}",
        "",
        f"{verdict_sentence(finding, name)} {markdown(measured_sentence(finding))}",
        "",
        f"**What to do next.** {markdown(action_sentence(finding))}",
        "",
        *(line for score in SCORE_QUESTIONS for line in _ledger(ledger(finding, score))),
        *_titled("What would change the verdict", finding.counterfactuals),
        *_titled("Not observable (unknown, not absent)", unseen_words(finding)),
        *_baselines(finding),
        *_indicators(item, name, defanged=defanged),
    ]


def _ledger(book: Ledger) -> list[str]:
    if not (book.supporting or book.opposing):
        return []
    return [
        f"### {book.score.capitalize()} {book.value:.2f}: {SCORE_QUESTIONS[book.score]}",
        "",
        "| | Points | Evidence | Measured, and what is normal |",
        "|---|---:|---|---|",
        *(_evidence("for", entry) for entry in book.supporting),
        *(_evidence("against", entry) for entry in book.opposing),
        f"| sum | {signed(book.total)} | {markdown(sum_line(book))} | |",
        "",
    ]


def _evidence(side: str, entry: Entry) -> str:
    item = entry.evidence
    said = f"{markdown_code(item.id)} {markdown(item.text)}"
    return f"| {side} | {signed(entry.points)} | {said} | {markdown(measured(entry))} |"


def _baselines(finding: Finding) -> list[str]:
    if not finding.baselines:
        return []
    said = (f"{markdown_code(k)} {BASELINE_WORDS[v]}" for k, v in finding.baselines.items())
    return ["**Published rules, for comparison.** " + "; ".join(said) + ".", ""]


def _indicators(item: Fold, name: str, *, defanged: bool) -> list[str]:
    finding = item.lead
    domain = finding.registered_domain
    shown = markdown_code(defang(domain) if defanged else domain)
    seen = f"{timestamp(finding.first_seen)} to {timestamp(finding.last_seen)}"
    lines = [f"- {ENTITY_WORDS[finding.entity]}: {name}"]
    if domain not in {"", finding.name}:
        lines.append(f"- registered domain: {shown}")
    if finding.network:
        lines.append(f"- network: {markdown_code(finding.network)}")
    if finding.members:
        lines.append(f"- registered domains of the network: {_members(finding, defanged=defanged)}")
    if item.folded:
        others = [defang(f.name) if defanged else f.name for f in item.folded[:FOLDED_SHOWN]]
        left_out = len(item.folded) - len(others)
        listed = ", ".join(map(markdown_code, others))
        lines.append(f"- and {item.more}: {listed}" + (f" and {left_out:,} more" * (left_out > 0)))
    counted = [
        f"{measures.title(m.key)} {measures.written(m.key, finding.measures.get(m.key))}"
        for m in measures.KNOWN
    ]
    lines += [f"- seen: {seen}", f"- measures: {markdown(', '.join(counted))}"]
    return ["**Indicators.**", "", *lines, ""]


def _members(finding: Finding, *, defanged: bool) -> str:
    shown = finding.members[:MEMBERS_SHOWN]
    named = (markdown_code(defang(domain) if defanged else domain) for domain in shown)
    left_out = len(finding.members) - len(shown)
    return ", ".join(named) + (f" and {left_out:,} more" if left_out else "")


def _look_alikes(folds: Sequence[Fold], *, defanged: bool) -> list[str]:
    if not folds:
        return []
    lines = [
        "## Look-alikes, no findings",
        "",
        "| Verdict | Name | Flux | Why |",
        "|---|---|---:|---|",
    ]
    for item in islice(folds, LOOK_ALIKES_SHOWN):
        entity = item.lead
        name = markdown_code(defang(entity.name) if defanged else entity.name)
        name += f" + {item.more}" if item.folded else ""
        reason = markdown(main_reason(entity))
        lines.append(f"| {entity.verdict} | {name} | {entity.flux:.2f} | {reason} |")
    if len(folds) > LOOK_ALIKES_SHOWN:
        lines += ["", f"And {len(folds) - LOOK_ALIKES_SHOWN:,} more."]
    return [*lines, ""]


def _titled(title: str, sentences: Sequence[str]) -> list[str]:
    return [f"**{title}.**", "", *_bullets(sentences), ""] if sentences else []


def _bullets(sentences: Iterable[str]) -> list[str]:
    return [f"- {markdown(sentence)}" for sentence in sentences]


def _counted(amount: int) -> str:
    return "no finding" if amount == 0 else measures.amount(amount, "finding")
