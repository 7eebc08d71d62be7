from __future__ import annotations

from xml.etree import ElementTree as ET

import numpy as np
import pytest

from fluxhound.lab.drawing import Axis, Line, bars, chart, diagonal

X = Axis("time", ((1, "1"), (10, "10"), (100, "100")), "log")
Y = Axis("share", ((0, "0%"), (1, "100%")))
SVG = "{http://www.w3.org/2000/svg}"


def line(name: str = "one", *, step: bool = True) -> Line:
    return Line(name, x=np.array([1.0, 10, 1000]), y=np.array([0.0, 0.5, 1]), step=step)


@pytest.mark.parametrize(
    ("axis", "value", "part"),
    [
        (X, 10, 0.5),
        (X, 0.01, 0),
        (X, 1e9, 1),
        (Y, 0.25, 0.25),
        (Axis("", ((0.01, ""), (0.99, "")), "logit"), 0.5, 0.5),
    ],
)
def test_values_lie_between_the_outer_ticks(axis: Axis, value: float, part: float) -> None:
    assert axis.part(np.array([value]))[0] == pytest.approx(part)


def test_a_chart_is_well_formed_and_says_what_it_shows() -> None:
    text = chart("A <title>", "What is seen.", X, Y, [line(), line("two & more", step=False)])
    root = ET.fromstring(text)  # noqa: S314 - our own output
    assert root.findtext(f"{SVG}title") == "A <title>"
    assert root.findtext(f"{SVG}desc") == "What is seen."
    assert root.get("role") == "img"
    assert {"two & more", "100%", "time", "share"} <= {t.text for t in root.iter(f"{SVG}text")}
    assert "prefers-color-scheme:dark" in text
    assert "javascript" not in text


def test_the_same_numbers_give_the_same_bytes() -> None:
    assert chart("t", "a", X, Y, [line()], diagonal()) == chart(
        "t", "a", X, Y, [line()], diagonal()
    )


def test_steps_keep_their_height_until_the_next_point() -> None:
    text = chart("t", "a", X, Y, [line()])
    # 66 to 560 across, 324 to 44 up; the last point is cut off at the edge.
    assert 'd="M66 324H66V324H313V184H560V44H560"' in text


def test_intervals_are_upright_strokes() -> None:
    ends = Line(
        "i", x=np.array([10.0]), y=np.array([0.5]), low=np.array([0.0]), high=np.array([1.0])
    )
    assert 'd="M313 324V44"' in chart("t", "a", X, Y, [ends])


def test_many_points_in_one_place_are_one() -> None:
    many = Line("m", x=np.full(10_000, 10.0), y=np.linspace(0, 1, 10_000), step=True)
    assert len(chart("t", "a", X, Y, [many])) < 5_000


def test_no_points_are_an_empty_line() -> None:
    empty = Line("e", x=np.array([]), y=np.array([]), step=True)
    ET.fromstring(chart("t", "a", X, Y, [empty, Line("f", x=empty.x, y=empty.y)]))  # noqa: S314 - ours


def test_bars_are_as_long_as_their_value() -> None:
    root = ET.fromstring(bars("t", "a", Y, [("all", 1.0, "1"), ("half", 0.5, "2")]))  # noqa: S314 - ours
    lengths = [float(r.get("width", 0)) for r in root.iter(f"{SVG}rect")][1:]
    assert lengths == [370, 185]
