"""What the authoritative servers answer: which hosts a name has, for whom, and when."""

from __future__ import annotations

from fluxhound.lab.answersets import Sets
from fluxhound.lab.ownhosts import own_sets
from fluxhound.lab.questions import Asked, Authority
from fluxhound.lab.rotations import rotating_sets
from fluxhound.lab.sites import site_sets


def answers(of: Authority, asked: Asked, family: int) -> Sets:
    """Return the addresses of a family (4 or 6) that each question is answered with."""
    archetype = of.domains.archetype
    if archetype.static:
        return own_sets(of, asked, family)
    if archetype.site:
        return site_sets(of, asked, family)
    return rotating_sets(of, asked, family)
