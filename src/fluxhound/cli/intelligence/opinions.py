"""What is thought of names and addresses, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from fluxhound.cli.intelligence.opened import harmless, shown
from fluxhound.intel.deciding import Stand

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


def print_opinion(opinion: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Print an opinion (its document) with all its reasons for people."""
    weight = f" (weight {opinion['weight']:.2f})" if opinion["weight"] else ""
    click.echo(f"{shown(opinion['name'], given)}: {WORDS[Stand(opinion['stand'])]}{weight}")
    reasons = opinion["reasons"]
    for place, reason in enumerate(reasons[:REASONS_SHOWN]):
        mark = "decides" if place == 0 else "also"
        text = reason["text"].replace(reason["value"], shown(reason["value"], given))
        dated = reason["last_seen"] or reason["first_seen"]
        seen = f", seen {dated[:10]}" if dated else ""
        click.echo(f"  {mark:<7}  {harmless(text)}{seen}{_marked(reason)}")

    if len(reasons) > REASONS_SHOWN:
        click.echo(f"  and {len(reasons) - REASONS_SHOWN:,} more; --format jsonl has all")


def _marked(reason: Mapping[str, Any]) -> str:
    return f" [TLP:{reason['tlp'].upper()}]" if reason["tlp"] else ""
