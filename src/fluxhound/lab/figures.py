"""The figures of the evaluation: calibration, delay, recall against false findings, ablation."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fluxhound.lab.ablation import Ablated
from fluxhound.lab.drawing import Axis, Line, bars, chart, diagonal
from fluxhound.lab.metrics import Curve
from fluxhound.lab.reliability import Reliability
from fluxhound.lab.survival import Survival

SHARE = Axis("", tuple((i / 5, f"{i * 20}%") for i in range(6)))
PER_MILLION = Axis(
    "false findings per million registered domains and day (leftmost: none)",
    tuple((10.0**i, f"{10**i:,}" if i >= 0 else f"{10.0**i:g}") for i in range(-1, 6)),
    "log",
)
SCORE = tuple(
    (p, label)
    for p, label in (
        (1e-7, "1e-7"), (1e-5, "1e-5"), (1e-3, "0.1%"), (0.1, "10%"), (0.5, "50%"), (0.9, "90%"),
        (0.99, "99%"), (0.9999, "99.99%"),
    )
)  # fmt: skip
MINUTES = Axis(
    "minutes after the first answer",
    ((5, "5"), (10, "10"), (30, "30"), (60, "60"), (180, "180"), (720, "720"), (1440, "1,440")),
    "log",
)
REFRESHES = Axis(
    "refreshes seen",
    ((1, "1"), (2, "2"), (3, "3"), (6, "6"), (12, "12"), (24, "24"), (48, "48"), (96, "96")),
    "log",
)
#: Lines in one chart, and those of the published rules that are drawn.
MOST_LINES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure: its file without the suffix, its title, its text alternative, its SVG."""

    name: str
    title: str
    text: str
    svg: str


def calibration_figure(found: Mapping[str, Reliability]) -> Figure:
    """Return the share of flux observed against the score that promised it."""
    lines = [
        Line(
            f"refreshes: {name}" if name != "all" else "all",
            x=_clipped([b.promised for b in r.bins]),
            y=_clipped([b.observed for b in r.bins]),
            low=_clipped([b.bounds[0] for b in r.bins]),
            high=_clipped([b.bounds[1] for b in r.bins]),
        )
        for name, r in found.items()
    ]
    title = "Calibration at one flux domain in 100,000 (simulated)"
    text = "Score promised and share of flux observed. " + " ".join(
        f"{name}: " + ", ".join(f"{_share(b.promised)} {_share(b.observed)}" for b in r.bins) + "."
        for name, r in found.items()
    )
    x, y = Axis("score: promised share of flux", SCORE, "logit"), Axis("observed", SCORE, "logit")
    svg = chart(title, text, x, y, lines[:MOST_LINES], diagonal())
    return Figure(name="calibration", title=title, text=text, svg=svg)


def delay_figure(found: Mapping[str, Survival], *, refreshes: bool = False) -> Figure:
    """Return how much flux has alerted, by minutes or by refreshes."""
    axis = REFRESHES if refreshes else MINUTES
    unit = "refreshes" if refreshes else "minutes"
    lines = [Line(name, x=s.times, y=1 - s.silent, step=True) for name, s in found.items()]
    lines = [_from_zero(line, axis) for line in lines]
    title = f"Flux that has alerted, by {unit} (simulated)"
    text = f"Median in {unit}: " + ", ".join(
        f"{name} {'not reached' if math.isinf(s.median) else f'{s.median:.0f}'}"
        for name, s in found.items()
    )
    svg = chart(title, f"{text}.", axis, SHARE, lines[:MOST_LINES])
    return Figure(name=f"delay-{unit}", title=title, text=f"{text}.", svg=svg)


def budget_figure(found: Mapping[str, Curve], *, name: str = "recall") -> Figure:
    """Return recall against false findings per million, ours and the published rules."""
    lines = [
        _from_zero(Line(who, x=c.false_per_million, y=c.recall, step=True), PER_MILLION)
        for who, c in found.items()
    ]
    title = "Recall by false findings allowed (simulated)"
    told = (
        f"{who} {_share(_recall(c, 1.0))} at 1 and {_share(_recall(c, 1000.0))} at 1,000"
        for who, c in found.items()
    )
    text = f"Recall by false findings per million: {'; '.join(told)}."
    axis = Axis("recall", SHARE.ticks)
    svg = chart(title, text, PER_MILLION, axis, lines[:MOST_LINES])
    return Figure(name=name, title=title, text=text, svg=svg)


def ablation_figure(found: Sequence[Ablated]) -> Figure:
    """Return recall at one false finding per million without each group of features."""
    title = "Recall at one false finding per million without a group of features (simulated)"
    rows = [
        (
            f"without {a.group}: {a.about}" if a.group else "with everything",
            a.found_at_budget.value,
            _share(a.found_at_budget.value),
        )
        for a in found
    ]
    text = "; ".join(f"{label} {words}" for label, _, words in rows) + "."
    svg = bars(title, text, Axis("recall", SHARE.ticks), rows)
    return Figure(name="ablation", title=title, text=text, svg=svg)


def write(figures: Iterable[Figure], folder: Path) -> list[Path]:
    """Write each figure as an SVG file into *folder*; return the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for figure in figures:
        path = folder / f"{figure.name}.svg"
        path.write_text(figure.svg, encoding="utf-8")
        written.append(path)
    return written


def _from_zero(line: Line, axis: Axis) -> Line:
    """Return the line with a beginning at the left edge, at 0 or at what lies beyond the edge."""
    edge, end = axis.ticks[0][0], axis.ticks[-1][0]
    beyond = line.y[line.x <= edge]
    begin = float(beyond[-1]) if len(beyond) else 0.0
    inside = (line.x > edge) & (line.x <= end)
    x, y = np.insert(line.x[inside], 0, edge), np.insert(line.y[inside], 0, begin)
    return Line(line.name, x=x.astype(np.float64), y=y.astype(np.float64), step=line.step)


def _recall(curve: Curve, per_million: float) -> float:
    within = curve.recall[curve.false_per_million <= per_million]
    return float(within[-1]) if len(within) else 0.0


def _clipped(values: Sequence[float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return shares that a logit axis can show: 0 and 1 lie on its edges."""
    return np.clip(np.array(values, np.float64), SCORE[0][0], SCORE[-1][0])


def _share(value: float) -> str:
    if math.isnan(value):
        return "unknown"
    return f"{value:.1%}" if value >= 1e-3 or value == 0 else f"{value:.0e}"  # noqa: PLR2004 - 0.1 %
