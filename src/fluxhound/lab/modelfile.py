"""The model as a file that people read: a line of steps, or a grid, per feature and card."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from fluxhound.detection.model import EVERY_CARD, Feature, Grid, Model, Steps, read_model
from fluxhound.errors import ConfigurationError

_HEAD = """\
# The additive model: each feature gives points for one measure or for two, and the points add up.
#
# Points are log-odds (nats), kept on cards. Flux has two cards, for the two things that a flux
# network can be made of: hijacked hosts on people's access lines ("lines") and rented servers
# ("rented"); the card with the larger sum decides. score = 1 / (1 + exp(-(bias + points))).
# A step [below, points] gives its points to values below its bound; "otherwise" to all others;
# "missing" where the measure is not observable. "trend" is how points may move as the value rises.
#
# A feature with "by" gives points to pairs of values: a row for the first measure below each of
# its "bounds", one for all other values and one where it is not observable; in each row the same
# for the second measure and its "by_bounds".
#
# {value} and {by} in a text are the measured values as people read them.
"""


def written(model: Model, comments: tuple[str, ...] = ()) -> str:
    """Return the text of a model file; *comments* follow the explanation at its head."""
    return "\n".join(_lines(model, comments)) + "\n"


def _lines(model: Model, comments: tuple[str, ...]) -> Iterator[str]:
    yield _HEAD.rstrip("\n")
    if comments:
        yield "#"
    yield from (f"# {comment}" for comment in comments)
    yield from ("", f"version = {_text(model.version)}", "", "[bias]")
    yield from (f"{card} = {_number(model.bias[card])}" for card in EVERY_CARD)
    for feature in model.features:
        yield ""
        yield from _feature(feature)


def _feature(feature: Feature) -> Iterator[str]:
    yield "[[feature]]"
    words = ["id", "measure", "text", "unit", "normal", "why"]
    if feature.by:
        words[2:4] = ["by", "text", "unit", *(["by_unit"] if feature.by_unit else [])]
    for word in words:
        yield f"{word} = {_text(getattr(feature, word))}"
    for card in (each for each in EVERY_CARD if each in feature.cards):
        points = feature.cards[card]
        lines = _grid(points) if isinstance(points, Grid) else [_steps(points)]
        yield f"{card} = {lines[0]}"
        yield from lines[1:]


def _grid(grid: Grid) -> list[str]:
    """Return a grid; only within brackets may an inline table go on in the next line."""
    bounds, by = (", ".join(map(_bound, each)) for each in (grid.bounds, grid.by_bounds))
    rows = [f"    [{', '.join(map(_number, row))}]," for row in grid.points]
    return [f"{{ bounds = [{bounds}], by_bounds = [{by}], points = [", *rows, "] }"]


def _steps(steps: Steps) -> str:
    pairs = zip(steps.bounds, steps.points[:-1], strict=True)
    listed = ", ".join(f"[{_bound(bound)}, {_number(points)}]" for bound, points in pairs)
    last = f"otherwise = {_number(steps.points[-1])}, missing = {_number(steps.missing)}"
    return f'{{ trend = "{steps.trend}", steps = [{listed}], {last} }}'


def _number(value: float) -> str:
    return repr(value + 0.0)


def _bound(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < _LONG else repr(value)


_LONG = 1e15


def _text(value: str) -> str:
    """Return a basic string; JSON escapes are TOML's, but for the surrogates and DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def write_model(model: Model, path: Path, comments: tuple[str, ...] = ()) -> None:
    """Write a model file.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    try:
        path.write_text(written(model, comments), encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"The model cannot be written to {path}: {error}.") from error


def open_model(path: Path) -> Model:
    """Read a model file.

    Raises:
        ConfigurationError: it cannot be read, or is no model.
    """
    try:
        return read_model(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The model {path} cannot be read: {error}.") from error
