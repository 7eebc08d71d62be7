"""Colours and textures for networks: the same network looks the same in the whole report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fluxhound.records import Timeline
from fluxhound.sharing.report.markup import Markup, element, joined, void

#: Hues in style.css (--n0 to --n11) and textures: 36 networks can be told apart.
HUES = 12
TEXTURES = ("solid", "slanted", "dotted")
#: Side of a texture's tile, in units of the picture.
TILE = 4


@dataclass(frozen=True, slots=True)
class Look:
    """How one network is drawn."""

    hue: int
    texture: int

    @property
    def classes(self) -> str:
        """Return the classes that give the colour."""
        return f"n{self.hue}"

    @property
    def stroke(self) -> str:
        """Return the paint for a line: the plain colour, or a texture of it."""
        return "currentColor" if self.texture == 0 else f"url(#{self._texture_id})"

    @property
    def _texture_id(self) -> str:
        return f"t{self.texture}-{self.hue}"


@dataclass(frozen=True, slots=True)
class Palette:
    """The looks of all networks of a report; those that the tables do not know are grey."""

    looks: Mapping[int, Look]

    def look(self, asn: int | None) -> Look | None:
        """Return the look of a network, or ``None`` for grey."""
        return None if asn is None else self.looks.get(asn)


def palette(timelines: Iterable[Timeline]) -> Palette:
    """Give every network a look: those with most addresses first, by number when equal.

    The hue starts from the number itself, so that a network mostly keeps its colour from report
    to report; a taken look gives way to the next free one.
    """
    counted = Counter(
        row.facts.asn
        for timeline in timelines
        for row in timeline.rows
        if row.facts.asn is not None
    )
    slots = HUES * len(TEXTURES)
    order = sorted(counted, key=lambda asn: (-counted[asn], asn))
    looks: dict[int, Look] = {}
    taken: set[int] = set()
    for place, asn in enumerate(order):
        if place % slots == 0:
            taken.clear()
        slot = _free(asn, place % slots // HUES, taken)
        taken.add(slot)
        looks[asn] = Look(slot % HUES, slot // HUES)
    return Palette(looks)


def textures() -> Markup:
    """Return the definitions that textured looks refer to, invisible themselves."""
    drawn = (_texture(texture, hue) for texture in range(1, len(TEXTURES)) for hue in range(HUES))
    return element(
        "svg", element("defs", joined(drawn)), width=0, height=0, class_="defs", aria_hidden="true"
    )


def _free(asn: int, texture: int, taken: set[int]) -> int:
    start = asn % HUES
    slots = [texture * HUES + (start + step) % HUES for step in range(HUES)]
    return next(slot for slot in slots if slot not in taken)


def _texture(texture: int, hue: int) -> Markup:
    ground = void("rect", width=TILE, height=TILE, fill="currentColor", opacity=0.35)
    if texture == 1:
        mark = void("path", d="M-1 3L3 -1M1 5L5 1", stroke="currentColor", stroke_width=1.6)
    else:
        mark = void("rect", width=1.6, height=TILE, fill="currentColor")
    return element(
        "pattern",
        ground,
        mark,
        id=f"t{texture}-{hue}",
        class_=f"n{hue}",
        width=TILE,
        height=TILE,
        patternUnits="userSpaceOnUse",
    )
