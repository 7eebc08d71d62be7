"""Whether new content of a source may replace the old one, or waits for a person."""

from __future__ import annotations

from fluxhound.sources.tally import Tally

#: All chosen, not measured. Sources smaller than this change as they like, unless they are empty.
SMALL = 50
#: A source may shrink to this share, or grow to this multiple, from one fetch to the next.
SHRINK, GROW = 0.5, 3.0
#: Share of what was read that may be refused (public suffixes, reserved or own addresses) before
#: the whole is taken for poisoned; and how many that must be at least.
REFUSED_SHARE, REFUSED_LEAST = 0.2, 20


def objection(old: int, new: int, tally: Tally) -> str:
    """Return why *new* indicators must not replace *old* ones without a person, "" if they may."""
    if old and not new:
        return f"it is empty now; it had {old:,} indicators"
    refused = sum(tally.bad.values())
    if refused >= REFUSED_LEAST and refused > REFUSED_SHARE * (refused + new):
        return f"{refused:,} of {refused + new:,} entries had to be refused"
    if max(old, new) < SMALL or not old:
        return ""
    if new < SHRINK * old:
        return f"it shrank from {old:,} to {new:,} indicators"
    if new > GROW * old and new - old >= SMALL:
        return f"it grew from {old:,} to {new:,} indicators"
    return ""
