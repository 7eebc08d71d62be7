"""Lines of a block that fit a template, and where their values stand.

Every octet of a line that fits was compared with the template's fixed texts, or belongs to a value
that was checked: it is a JSON object, with the template's keys and no others.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from fluxhound.sources.jsonblock import Block, Ints, Mask
from fluxhound.sources.jsontemplate import Kind, Path, Template, Value
from fluxhound.sources.stretches import Stretches, are_numbers, are_truths, holds, texts

_QUOTE = b'"'
_COMMA = ord(",")
#: Share of the lines that may fail before those that are left are looked at alone.
_WORTH = 0.85


@dataclass(slots=True)
class Items:
    """The values of a list: how many each line has, and where they are, line after line."""

    counts: Ints
    stretches: Stretches


@dataclass(slots=True)
class Fit:
    """Lines that fit a template."""

    template: Template
    lines: Ints
    values: dict[Path, Stretches] = field(default_factory=dict)
    items: dict[Path, Items] = field(default_factory=dict)  # of lists, and of keys in objects

    def of(self, sound: Mask) -> Fit:
        """Return some of the lines."""
        if sound.all():
            return self
        fit = Fit(self.template, self.lines[sound])
        fit.values = {path: some.of(sound) for path, some in self.values.items()}
        for path, listed in self.items.items():
            kept = listed.stretches.of(np.repeat(sound, listed.counts))
            fit.items[path] = Items(listed.counts[sound], kept)
        return fit


def fitted(block: Block, template: Template, lines: Ints) -> Fit:
    """Return which of *lines* fit, with all their values."""
    lines, at = _fixed(block, template, _possible(block, template, lines))
    fit = Fit(template, lines)
    if not len(lines):
        return fit
    sound = np.ones(len(lines), bool)
    for number, value in enumerate(template.values):
        starts = at[number] + len(template.fixed[number])
        where = Stretches(starts, at[number + 1])
        match value.kind:
            case Kind.TEXTS:
                sound &= _read_texts(block, fit, value, where, _before(template, number))
            case Kind.OBJECTS:
                sound &= _read_objects(block, fit, value, where, _before(template, number))
            case Kind.NUMBERS:
                sound &= _read_numbers(block, fit, value, where)
            case _:
                fit.values[value.path] = where
                sound &= _sound(block, value.kind, where)
    return fit.of(sound)


def _sound(block: Block, kind: Kind, where: Stretches) -> Mask:
    if kind is Kind.NUMBER:
        return are_numbers(block.words, where)
    if kind is Kind.TRUTH:
        return are_truths(block.words, where)
    return np.ones(len(where.starts), bool)


def _quotes(texts: tuple[bytes, ...]) -> int:
    return sum(text.count(_QUOTE) for text in texts)


def _before(template: Template, number: int) -> int:
    """Return how many quotes of fixed texts stand before a value."""
    return _quotes(template.fixed[: number + 1])


def _possible(block: Block, template: Template, lines: Ints) -> Ints:
    """Return the lines that have as many quotes as the template can have."""
    more = block.counts[lines] - _quotes(template.fixed)
    repeating = template.repeating
    possible: Mask = more == 0
    if repeating is not None:
        each = template.values[repeating].each
        period = 2 if each is None else _quotes(each.fixed)
        possible = (more >= (0 if each is None else period)) & (more % period == 0)
    fitting: Ints = lines[possible]
    return fitting


def _fixed(block: Block, template: Template, lines: Ints) -> tuple[Ints, list[Ints]]:
    """Return the lines that hold the fixed texts, and where each text begins."""
    at: dict[int, Ints] = {}
    sound = np.ones(len(lines), bool)
    for number in _order(template):
        at[number] = _place(block, template, lines, number)
        sound &= holds(block.text, at[number], template.fixed[number])
        if np.count_nonzero(sound) < _WORTH * len(lines):
            lines, at = lines[sound], {each: there[sound] for each, there in at.items()}
            sound = np.ones(len(lines), bool)
    if not sound.all():
        lines, at = lines[sound], {each: there[sound] for each, there in at.items()}
    return lines, [at[number] for number in range(len(template.fixed))]


def _order(template: Template) -> list[int]:
    """Return the numbers of the fixed texts, the longest first: there shapes differ most."""
    numbers = range(len(template.fixed))
    return sorted(numbers, key=lambda number: -len(template.fixed[number]))


def _place(block: Block, template: Template, lines: Ints, number: int) -> Ints:
    """Return where a fixed text begins: by the line's beginning, a quote of its own, or the end."""
    text = template.fixed[number]
    if number == 0:
        return block.starts[lines]
    if number == len(template.fixed) - 1:
        return block.ends[lines] - len(text)
    repeating = template.repeating
    if repeating is None or number <= repeating:
        quote = block.first[lines] + _quotes(template.fixed[:number])
    else:
        quote = (block.first + block.counts)[lines] - _quotes(template.fixed[number:])
    return block.quotes[quote] - text.index(_QUOTE)


def _read_texts(block: Block, fit: Fit, value: Value, where: Stretches, before: int) -> Mask:
    """Read a list of strings: between two of them stand a quote, a comma and a quote."""
    quote = block.first[fit.lines] + before
    inner = block.counts[fit.lines] - _quotes(fit.template.fixed)
    counts = inner // 2 + 1
    pairs = np.repeat(quote, counts - 1) + 2 * _within(counts - 1)
    closing, opening = block.quotes[pairs], block.quotes[pairs + 1]
    parted = (opening - closing == 2) & (block.octets[closing + 1] == _COMMA)  # noqa: PLR2004
    fit.items[value.path] = Items(counts, cut(where, counts, closing, opening + 1))
    return _all_of(parted, counts - 1)


def _read_numbers(block: Block, fit: Fit, value: Value, where: Stretches) -> Mask:
    """Read a list of numbers, which is cut at its commas."""
    column = texts(block.text, where)
    offsets = np.concatenate(([0], np.cumsum(where.lengths)))
    content = np.frombuffer(column.buffers()[2], np.uint8) if len(column) else offsets[:0]
    commas = np.flatnonzero(content[: offsets[-1]] == _COMMA)
    lines = np.searchsorted(offsets, commas, "right") - 1
    there = commas + (where.starts - offsets[:-1])[lines]
    counts = np.bincount(lines, minlength=len(fit.lines)) + 1
    stretches = cut(where, counts, there, there + 1)
    fit.items[value.path] = Items(counts, stretches)
    return _all_of(are_numbers(block.words, stretches), counts)


def _read_objects(block: Block, fit: Fit, value: Value, where: Stretches, before: int) -> Mask:
    """Read a list of objects: their fixed texts repeat, with a comma between them."""
    each = value.each
    if each is None:
        raise TypeError
    period = _quotes(each.fixed)
    counts = (block.counts[fit.lines] - _quotes(fit.template.fixed)) // period
    base = np.repeat(block.first[fit.lines] + before, counts) + period * _within(counts)
    at = [
        block.quotes[base + _quotes(each.fixed[:number])] - text.index(_QUOTE)
        for number, text in enumerate(each.fixed[:-1])
    ]
    following = np.append(at[0][1:] - 1, -1)
    lasts = np.cumsum(counts) - 1
    commas = np.ones(len(base), bool)
    between = np.delete(np.arange(len(base)), lasts)
    commas[between] = block.octets[following[between]] == _COMMA
    following[lasts] = where.ends
    at.append(following - len(each.fixed[-1]))
    sound = commas
    for text, there in zip(each.fixed, at, strict=True):
        sound &= holds(block.text, there, text)
    for number, inner in enumerate(each.values):
        some = Stretches(at[number] + len(each.fixed[number]), at[number + 1])
        fit.items[*value.path, *inner.path] = Items(counts, some)
        sound &= _sound(block, inner.kind, some)
    whole = _all_of(sound, counts)
    whole &= at[0][lasts - counts + 1] == where.starts
    return whole


def _within(counts: Ints) -> Ints:
    """Return the place of each item among those of its line."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) - np.repeat(ends - counts, counts)


def cut(where: Stretches, counts: Ints, ends: Ints, starts: Ints) -> Stretches:
    """Cut each of *where* in as many pieces as *counts* says, at *ends* and *starts*."""
    total = int(counts.sum())
    lasts = np.cumsum(counts) - 1
    firsts = lasts - counts + 1
    before, after = np.empty(total, np.int64), np.empty(total, np.int64)
    inner = np.ones(total, bool)
    inner[firsts] = False
    before[firsts], before[inner] = where.starts, starts
    inner[firsts] = True
    inner[lasts] = False
    after[lasts], after[inner] = where.ends, ends
    return Stretches(before, after)


def _all_of(sound: Mask, counts: Ints) -> Mask:
    """Tell for each line whether all its items are sound."""
    if sound.all():
        return np.ones(len(counts), bool)
    lines = np.repeat(np.arange(len(counts)), counts)
    whole = np.ones(len(counts), bool)
    whole[lines[~sound]] = False
    return whole
