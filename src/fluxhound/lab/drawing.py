"""Charts as SVG: axes, lines and bars, the same bytes for the same numbers.

Colours follow the reader's light or dark preference; lines differ by dashes as well as by colour,
and every chart has its numbers as a text alternative.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fluxhound.lab.metrics import Reals
from fluxhound.sharing.report.markup import Markup, element, joined, void

WIDTH, HEIGHT = 760, 380
LEFT, TOP, RIGHT, BOTTOM = 66, 44, 200, 56
#: Six hues, as in the report; their dashes repeat after six as well.
HUES = 6
DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 4", "12 4")
_STYLE = (
    "svg{--ground:#fff;--ink:#16212b;--muted:#53606c;--line:#d5dce1;"
    "--n0:#0b63c4;--n1:#c2410c;--n2:#15803d;--n3:#8e2bdb;--n4:#97670a;--n5:#0b7285}"
    "@media(prefers-color-scheme:dark){svg{--ground:#161e25;--ink:#e4ebf0;--muted:#9dacb8;"
    "--line:#33414c;--n0:#6aaeff;--n1:#fb8f4c;--n2:#4fce7f;--n3:#c693fb;--n4:#e6b93c;--n5:#37c9e0}}"
    "text{font:12px system-ui,sans-serif;fill:var(--ink)}.t{font-weight:600;font-size:14px}"
    ".m{fill:var(--muted)}.g{stroke:var(--line);fill:none}.d{stroke:var(--muted);fill:none}"
    + "".join(f".n{i}{{color:var(--n{i})}}" for i in range(HUES))
)

Kind = Literal["linear", "log", "logit"]


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: what it says, where its ticks are, and how values lie between the outer two."""

    label: str
    ticks: tuple[tuple[float, str], ...]
    kind: Kind = "linear"

    def part(self, values: Reals) -> Reals:
        """Return where values lie, 0 at the first tick and 1 at the last; beyond is cut off."""
        low, high = self.ticks[0][0], self.ticks[-1][0]
        bent = _bent(np.clip(np.asarray(values, np.float64), low, high), self.kind)
        ends = _bent(np.array([low, high]), self.kind)
        return np.asarray((bent - ends[0]) / (ends[1] - ends[0]), np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A named line through points; *step*: it keeps its height until the next point."""

    name: str
    x: Reals
    y: Reals
    step: bool = False
    #: Intervals drawn as upright strokes at the points: low and high.
    low: Reals | None = None
    high: Reals | None = None


def chart(title: str, text: str, x: Axis, y: Axis, lines: Sequence[Line], *extra: Markup) -> str:
    """Return a chart of lines with a legend; *text* is its alternative."""
    parts = [_frame(x, y), *extra]
    parts += [_line(line, number, x, y) for number, line in enumerate(lines)]
    parts += [_key(line.name, number) for number, line in enumerate(lines)]
    return picture(title, text, joined(parts))


def bars(title: str, text: str, x: Axis, rows: Sequence[tuple[str, float, str]]) -> str:
    """Return upright rows of bars: a label, a value on *x*, and words behind the bar."""
    left, step = 270, 26
    height = TOP + step * len(rows) + BOTTOM
    width = WIDTH - left - 120
    bottom = TOP + step * len(rows)
    parts = [_across(x, left, width, TOP, bottom)]
    for number, (label, value, words) in enumerate(rows):
        top = TOP + step * number
        length = _round(float(x.part(np.array([value]))[0]) * width)
        fill = {"fill": "currentColor", "class_": f"n{0 if number else 2}"}
        parts += [
            element("text", label, x=left - 8, y=top + 16, text_anchor="end"),
            void("rect", x=left, y=top + 4, width=length, height=step - 9, **fill),
            element("text", words, x=left + length + 6, y=top + 16, class_="m"),
        ]
    return picture(title, text, joined(parts), height=height)


def diagonal() -> Markup:
    """Return the line on which two axes of the same kind agree."""
    path = f"M{LEFT} {HEIGHT - BOTTOM}L{WIDTH - RIGHT} {TOP}"
    return void("path", d=path, class_="d", stroke_dasharray="2 4")


def picture(title: str, text: str, content: Markup, *, height: int = HEIGHT) -> str:
    """Return a whole SVG file with a title and a description for those who do not see it."""
    made = element(
        "svg",
        element("title", title, id="title"),
        element("desc", text, id="desc"),
        element("style", _STYLE),
        void("rect", width=WIDTH, height=height, fill="var(--ground)"),
        element("text", title, x=LEFT, y=24, class_="t"),
        content,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {height}",
        width=WIDTH,
        height=height,
        role="img",
        aria_labelledby="title desc",
    )
    return f"{made}\n"


def _bent(values: Reals, kind: Kind) -> Reals:
    if kind == "log":
        return np.log(values)
    return np.log(values / (1 - values)) if kind == "logit" else values


def _frame(x: Axis, y: Axis) -> Markup:
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    parts = [_across(x, LEFT, width, TOP, HEIGHT - BOTTOM)]
    for value, label in y.ticks:
        at = _round(HEIGHT - BOTTOM - float(y.part(np.array([value]))[0]) * height)
        parts += [
            void("path", d=f"M{LEFT} {at:g}H{WIDTH - RIGHT}", class_="g"),
            element("text", label, x=LEFT - 8, y=at + 4, text_anchor="end", class_="m"),
        ]
    middle = (TOP + HEIGHT - BOTTOM) / 2
    turned = f"translate(18 {_round(middle):g}) rotate(-90)"
    parts.append(element("text", y.label, text_anchor="middle", transform=turned))
    return joined(parts)


def _across(x: Axis, left: int, width: int, top: int, bottom: int) -> Markup:
    """Return the axis that runs across, its hairlines and its label."""
    parts = []
    for value, label in x.ticks:
        at = _round(left + float(x.part(np.array([value]))[0]) * width)
        parts += [
            void("path", d=f"M{at:g} {top}V{bottom}", class_="g"),
            element("text", label, x=at, y=bottom + 18, text_anchor="middle", class_="m"),
        ]
    name = element("text", x.label, x=left + width / 2, y=bottom + 40, text_anchor="middle")
    return joined([*parts, name])


def _line(line: Line, number: int, x: Axis, y: Axis) -> Markup:
    across = LEFT + x.part(line.x) * (WIDTH - LEFT - RIGHT)
    up = HEIGHT - BOTTOM - y.part(line.y) * (HEIGHT - TOP - BOTTOM)
    parts = [_path(_steps(across, up) if line.step else _straight(across, up), number)]
    if line.low is not None and line.high is not None:
        floor = HEIGHT - BOTTOM
        low = floor - y.part(line.low) * (floor - TOP)
        high = floor - y.part(line.high) * (floor - TOP)
        strokes = zip(across, low, high, strict=True)
        path = "".join(f"M{_round(a):g} {_round(b):g}V{_round(c):g}" for a, b, c in strokes)
        parts.append(void("path", d=path, stroke="currentColor", stroke_width=1.2))
    if not line.step:
        dots = zip(across, up, strict=True)
        parts += [
            void("circle", cx=_round(a), cy=_round(b), r=2.6, fill="currentColor") for a, b in dots
        ]
    return element("g", joined(parts), class_=f"n{number % HUES}")


def _path(path: str, number: int) -> Markup:
    return void(
        "path",
        d=path,
        fill="none",
        stroke="currentColor",
        stroke_width=1.8,
        stroke_dasharray=DASHES[number % HUES] or None,
    )


def _straight(across: Reals, up: Reals) -> str:
    pairs = [f"{_round(a):g} {_round(b):g}" for a, b in zip(across, up, strict=True)]
    return f"M{'L'.join(pairs)}" if pairs else "M0 0"


def _steps(across: Reals, up: Reals) -> str:
    """Return steps that go across first and then up; many points in one place are one."""
    if not len(across):
        return "M0 0"
    place = np.round(across)  # whole units: finer steps are not seen
    last = np.append(place[1:] != place[:-1], True)
    path = [f"M{_round(place[0]):g} {_round(up[0]):g}"]
    path += [f"H{_round(a):g}V{_round(b):g}" for a, b in zip(place[last], up[last], strict=True)]
    return f"{''.join(path)}H{WIDTH - RIGHT}"


def _key(name: str, number: int) -> Markup:
    top, left = TOP + 8 + 22 * number, WIDTH - RIGHT + 14
    sample = _path(f"M{left} {top}h26", number)
    return joined(
        [
            element("g", sample, class_=f"n{number % HUES}"),
            element("text", name, x=left + 32, y=top + 4),
        ]
    )


def _round(value: float) -> float:
    """Return a coordinate in tenths of a unit; no negative zero."""
    return round(float(value), 1) + 0.0
