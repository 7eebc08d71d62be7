"""What is thought of names and addresses, for machines and for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from fluxhound.cli.intelligence.opened import harmless, iso, shown
from fluxhound.intel.deciding import Opinion, Reason, Stand

#: Reasons that are shown to people. Chosen.
REASONS_SHOWN = 8

WORDS: Mapping[Stand, str] = {
    Stand.ALLOWED: "allowed: it must not be blocked",
    Stand.DENIED: "denied: it may be blocked",
    Stand.LISTED: "listed: it may be blocked",
    Stand.CONTEXT: "known, but nothing decides",
    Stand.EXPIRED: "listed once, too long ago to act on",
    Stand.UNKNOWN: "unknown: no source and no entry speaks of it",
}


def reason_row(reason: Reason) -> Mapping[str, Any]:
    """Return a reason as it is written for machines."""
    return {
        "stand": str(reason.stand),
        "source": reason.source,
        "value": reason.value,
        "kind": reason.kind.word,
        "how": reason.how.word,
        "weight": round(reason.weight, 4),
        "text": reason.text,
        "label": reason.label,
        "comment": reason.comment,
        "tlp": reason.tlp.word,
        "first_seen": iso(reason.first_seen),
        "last_seen": iso(reason.last_seen),
        "valid_until": iso(reason.valid_until),
    }


def opinion_row(opinion: Opinion) -> Mapping[str, Any]:
    """Return an opinion as it is written for machines; the first reason decides."""
    return {
        "name": opinion.name,
        "stand": str(opinion.stand),
        "blocks": opinion.blocks,
        "weight": round(opinion.weight, 4),
        "reasons": [reason_row(reason) for reason in opinion.reasons],
    }


def print_opinion(opinion: Opinion, given: Mapping[str, Any]) -> None:
    """Print an opinion with all its reasons for people."""
    weight = f" (weight {opinion.weight:.2f})" if opinion.weight else ""
    click.echo(f"{shown(opinion.name, given)}: {WORDS[opinion.stand]}{weight}")
    for place, reason in enumerate(opinion.reasons[:REASONS_SHOWN]):
        mark = "decides" if place == 0 else "also"
        text = reason.text.replace(reason.value, shown(reason.value, given))
        dated = iso(reason.last_seen or reason.first_seen)
        seen = f", seen {dated[:10]}" if dated else ""
        click.echo(f"  {mark:<7}  {harmless(text)}{seen}{_marked(reason)}")

    if len(opinion.reasons) > REASONS_SHOWN:
        click.echo(f"  and {len(opinion.reasons) - REASONS_SHOWN:,} more; --format jsonl has all")


def _marked(reason: Reason) -> str:
    return f" [TLP:{reason.tlp.word.upper()}]" if reason.tlp else ""
