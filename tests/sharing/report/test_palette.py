from __future__ import annotations

import re
from importlib import resources
from itertools import product

import pytest

from fluxhound.sharing.report.palette import HUES, TEXTURES, palette, textures
from tests.sharing import builders

STYLE = (resources.files("fluxhound.sharing.report") / "style.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", block))
    for block in STYLE.split("* { box-sizing")[0].split("@media (prefers-color-scheme: dark)")
)


def luminance(colour: str) -> float:
    """Return the relative luminance by WCAG 2.2."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_no_network_shares_its_look_with_another() -> None:
    looks = palette([builders.staircase("x.example", 60, asns=36)]).looks
    assert len(set(looks.values())) == len(looks) == HUES * len(TEXTURES)


def test_a_network_keeps_its_look_whatever_the_order() -> None:
    made = list(builders.timelines().values())
    assert palette(made) == palette(reversed(made))
    assert palette(made).look(None) is None
    assert palette(made).look(4) is None


def test_networks_with_most_addresses_are_plain() -> None:
    pool = [builders.facts(f"192.0.2.{n}", 64500 + n % 50) for n in range(1, 100)]
    pool += [builders.facts(f"203.0.113.{n}", 64999) for n in range(1, 20)]
    look = palette([builders.stripes("x.example", len(pool), pool=pool)]).look(64999)
    assert look is not None
    assert look.texture == 0
    assert look.stroke == "currentColor"


def test_every_texture_that_is_used_is_defined() -> None:
    defined = set(re.findall(r'id="(t[^"]+)"', textures()))
    looks = palette([builders.staircase("x.example", 60, asns=60)]).looks.values()
    used = {look.stroke[5:-1] for look in looks if look.texture}
    assert used <= defined


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_has_the_contrast_of_wcag_aa(theme: dict[str, str]) -> None:
    grounds = [theme["ground"], theme["panel"]]
    for ink, ground in product(("ink", "muted", "link"), grounds):
        assert contrast(theme[ink], ground) >= 4.5, ink
    for severity in ("critical", "high", "medium", "low", "info"):
        assert contrast(theme[severity], theme[f"{severity}-ground"]) >= 4.5, severity


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_drawn_parts_have_the_contrast_of_wcag_aa(theme: dict[str, str]) -> None:
    drawn = [*(f"n{hue}" for hue in range(HUES)), "nx", "for", "against", "plot"]
    for colour in drawn:
        assert contrast(theme[colour], theme["panel"]) >= 3, colour
        assert contrast(theme[colour], theme["ground"]) >= 3, colour
