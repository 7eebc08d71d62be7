"""Plans, entries and actions as a table for people or JSON lines; every text is escaped."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import click

from fluxhound.response.documents import change_document, entry_document
from fluxhound.response.entries import Blast, Entry, Neighbours, Plan, Proposal
from fluxhound.response.register import Applied, Step
from fluxhound.sharing.defang import defang
from fluxhound.sharing.escape import printable

#: Names of neighbours that a line shows.
_NAMES_SHOWN = 3


def chosen(form: str | None) -> str:
    """Return the format that was asked for, else what suits where the output goes."""
    return form or ("table" if sys.stdout.isatty() else "jsonl")


def shown(name: str, *, defanged: bool) -> str:
    """Return a name for people."""
    return printable(defang(name) if defanged else name)


def plan_text(plan: Plan, *, defanged: bool) -> str:
    """Return a plan for people: a line for each change, what it touches, and what was refused."""
    lines = [_summary(plan)]
    for proposal in (*plan.proposals, *plan.refused):
        lines += _proposal_lines(proposal, defanged=defanged)
    return "\n".join(lines) + "\n"


def plan_documents(plan: Plan) -> Iterator[dict[str, Any]]:
    """Yield one document for each change, and for what was refused."""
    for proposal in (*plan.proposals, *plan.refused):
        yield {
            "change": str(proposal.kind),
            "refused": bool(proposal.brakes),
            "waits": proposal.waits,
            "entry": entry_document(proposal.entry),
            "before": proposal.before and entry_document(proposal.before),
            "why": proposal.why,
            "brakes": [dataclasses.asdict(brake) for brake in proposal.brakes],
            "blast": dataclasses.asdict(proposal.blast),
            "digest": plan.digest,
        }


def write_lines(documents: Iterable[dict[str, Any]]) -> None:
    """Write one JSON document a line."""
    for document in documents:
        click.echo(json.dumps(document, ensure_ascii=True))


def _summary(plan: Plan) -> str:
    counted: dict[str, int] = {}
    for proposal in plan.proposals:
        word = "wait for approval" if proposal.waits else str(proposal.kind)
        counted[word] = counted.get(word, 0) + 1
    said = [f"{number} {word}" for word, number in counted.items()]
    said += [f"{len(plan.refused)} refused"] if plan.refused else []
    return f"{', '.join(said) if said else 'Nothing to change'}. Plan {plan.digest[:12]}."


def _proposal_lines(proposal: Proposal, *, defanged: bool) -> list[str]:
    entry = proposal.entry
    word = "refused" if proposal.brakes else ("waits" if proposal.waits else str(proposal.kind))
    below = "" if entry.exact else " and all below"
    trigger = "" if entry.trigger == "name" else f"{entry.trigger} "
    head = (
        f"{word:<8} {trigger}{shown(entry.subject, defanged=defanged)}{below}: "
        f"{_what(entry, defanged=defanged)}, until {_time(entry.expires)}"
    )
    reasons = [proposal.why, printable(entry.reason)]
    lines = [head, f"         {' '.join(filter(None, reasons))}"]
    lines += [f"         {text}" for text in _blast_lines(proposal.blast, defanged=defanged)]
    lines += [
        f"         {brake.id}: {printable(_told(brake.sentence, entry, defanged=defanged))}"
        for brake in proposal.brakes
    ]
    return lines


def _what(entry: Entry, *, defanged: bool) -> str:
    target = ", ".join(shown(each, defanged=defanged) for each in entry.target)
    return f"{entry.mode} ({entry.answer}{' ' if target else ''}{target})"


def _told(sentence: str, entry: Entry, *, defanged: bool) -> str:
    if not defanged or "." not in entry.subject:
        return sentence
    return sentence.replace(entry.subject, defang(entry.subject))


def _blast_lines(blast: Blast, *, defanged: bool) -> Iterator[str]:
    if not blast.ranked:
        return
    clients = "clients not seen" if blast.clients is None else f"{blast.clients:,} clients"
    place = f", place {blast.rank:,} of {blast.ranked:,}" if blast.rank else ""
    yield f"asked {blast.asked:,} times for {blast.names:,} names, {clients}{place}"
    for neighbours, what in (
        (blast.aliased, "is an alias of it"),
        (blast.suffix, "below the same suffix"),
        (blast.addresses, "shares an address"),
        (blast.servers, "shares a name server"),
    ):
        if neighbours.count:
            yield f"{what}: {_names(neighbours, defanged=defanged)}"


def _names(neighbours: Neighbours, *, defanged: bool) -> str:
    names = [shown(name, defanged=defanged) for name in neighbours.names[:_NAMES_SHOWN]]
    rest = neighbours.count - len(names)
    return ", ".join(names) + (f" and {rest:,} more" if rest > 0 else "")


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def state_of(entry: Entry, now: datetime) -> str:
    """Return in a word what becomes of an entry at *now*."""
    if now >= entry.expires:
        return "expired"
    return "in force" if entry.approved_by else "waits"


def entries_text(entries: Sequence[Entry], now: datetime, *, defanged: bool) -> str:
    """Return entries for people, a line for each."""
    rows = [("NAME", "BELOW", "MODE", "ANSWER", "STATE", "EXPIRES", "BY", "REASON")]
    rows += [
        (
            shown(entry.subject, defanged=defanged),
            "no" if entry.exact else "yes",
            str(entry.mode),
            str(entry.answer),
            state_of(entry, now),
            _time(entry.expires),
            printable(entry.approved_by or "-"),
            printable(entry.reason),
        )
        for entry in entries
    ]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = (
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    return "\n".join(lines) + "\n" if entries else "There is no entry.\n"


def steps_text(name: str, steps: Sequence[Step], *, defanged: bool) -> str:
    """Return the actions about a name for people."""
    if not steps:
        return f"{shown(name, defanged=defanged)}: nothing was ever done about it.\n"
    lines = []
    for step in steps:
        lines.append(
            f"{step.action:>5}  {step.time}  {step.kind} by {printable(step.who)}"
            f"{': ' if step.reason else ''}{printable(step.reason)}"
        )
        for change in step.changes:
            before, after = (
                _what(each, defanged=defanged) if each else "nothing"
                for each in (change.before, change.after)
            )
            lines.append(f"       {before} -> {after}")
    return "\n".join(lines) + "\n"


def step_documents(steps: Iterable[Step]) -> Iterator[dict[str, Any]]:
    """Yield one document for each action."""
    for step in steps:
        yield {
            "action": step.action,
            "time": step.time,
            "who": step.who,
            "kind": step.kind,
            "reason": step.reason,
            "changes": [change_document(each) for each in step.changes],
        }


def say_done(done: Applied, published: str) -> None:
    """Tell on standard error what was done and how to take it back."""
    if not done.action:
        click.echo(f"Nothing changed. {published}", err=True)
        return
    click.echo(
        f"Action {done.action}: {len(done.changes):,} changes. {published} "
        f"Take it back with: fluxhound respond undo {done.action}",
        err=True,
    )
