"""The quick way through JSON lines: lines of known templates in columns, the rest by the engine.

A form says which values it needs of a line. What it cannot be sure of in columns, it refuses, line
by line; the engine then reads those lines as if there were no other way.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pyarrow as pa

from fluxhound.sources.format import ReadOptions
from fluxhound.sources.jsonblock import Block, Ints, Mask
from fluxhound.sources.jsonfit import Fit, fitted
from fluxhound.sources.jsontemplate import Path, Template, learn
from fluxhound.sources.tally import Tally

#: Smaller blocks are not worth the learning. Measured: the engine reads them as fast.
LEAST_BYTES = 512 << 10
#: Templates that are kept, and lines that are learned from in a block. Chosen as bounds.
MAX_TEMPLATES = 64
LESSONS = 24
#: Lines that no template fits, below which another template is not worth its columns: a share.
FEW = 0.01
#: Blocks in which most lines fit no template, after which no more is tried.
PATIENCE = 2
#: What the engine is given at once of the lines that are left over.
REST_BYTES = 2 << 20


class Form(Protocol):
    """What a reader knows of its lines."""

    lists: frozenset[Path]

    def constant(self, path: Path, text: bytes) -> bool:
        """Tell whether templates differ by the value at *path*."""

    def usable(self, template: Template) -> bool:
        """Tell whether all that is needed has the kind that is expected."""

    def rows(
        self, block: Block, fit: Fit, tally: Tally, options: ReadOptions
    ) -> tuple[pa.RecordBatch | None, Mask]:
        """Return the observations in *fit*, and which of its lines were accounted for."""


@dataclass(slots=True)
class _Known:
    template: Template
    hits: int = 0


@dataclass(slots=True)
class Templates:
    """What was learned of one input."""

    form: Form
    known: list[_Known] = field(default_factory=list)
    seen: set[Template] = field(default_factory=set)
    misses: int = 0

    def fits(self, block: Block) -> Iterator[Fit]:
        """Yield the lines of *block* by the templates that they fit, the most frequent first."""
        left = block.eligible
        few = FEW * len(block)
        self.known.sort(key=lambda known: -known.hits)
        for known in list(self.known):
            if len(left) <= few:
                break
            fit = fitted(block, known.template, left)
            known.hits = known.hits // 2 + len(fit.lines)
            left = _without(left, fit.lines)
            yield fit
        for lesson in range(LESSONS):
            if len(left) <= few or len(self.known) == MAX_TEMPLATES:
                break
            template = self._learned(block.line(int(left[len(left) * lesson // LESSONS])))
            if template is None:
                continue
            fit = fitted(block, template, left)
            self.known.append(_Known(template, len(fit.lines)))
            left = _without(left, fit.lines)
            yield fit
        self.misses = self.misses + 1 if len(left) > len(block) // 2 else 0

    @property
    def given_up(self) -> bool:
        """Tell whether the lines are too different from each other."""
        return self.misses >= PATIENCE

    def _learned(self, line: bytes) -> Template | None:
        template = learn(line, self.form.lists, self.form.constant)
        if template is None:
            return None
        if template in self.seen or not self.form.usable(template):
            return None
        self.seen.add(template)
        return template


def _without(lines: Ints, taken: Ints) -> Ints:
    """Return sorted *lines* without those *taken*, which are among them."""
    left = np.ones(len(lines), bool)
    left[np.searchsorted(lines, taken)] = False
    return lines[left]


Slow = Callable[[bytes], Iterator[pa.RecordBatch]]


def read(
    blocks: Iterable[bytes], form: Form, tally: Tally, options: ReadOptions, slow: Slow
) -> Iterator[pa.RecordBatch]:
    """Yield the observations of *blocks* of lines; *slow* reads what the quick way does not."""
    templates = Templates(form)
    rest: list[bytes] = []
    for text in blocks:
        if len(text) < LEAST_BYTES or templates.given_up:
            yield from slow(text)
            continue
        left = yield from _quick(text, templates, tally, options)
        rest.append(left)
        if sum(map(len, rest)) >= REST_BYTES:
            yield from slow(b"".join(rest))
            rest = []
    if any(rest):
        yield from slow(b"".join(rest))


def _quick(
    text: bytes, templates: Templates, tally: Tally, options: ReadOptions
) -> Generator[pa.RecordBatch, None, bytes]:
    """Yield one batch of what fits, and return the lines that are left."""
    block = Block(text)
    left = np.ones(len(block), bool)
    batches = []
    for fit in templates.fits(block):
        if not len(fit.lines):
            continue
        batch, done = templates.form.rows(block, fit, tally, options)
        lines = fit.lines[done]
        left[lines] = False
        tally.records += len(lines)
        if batch is not None:
            batches.append(batch)
            tally.observations += batch.num_rows
    if batches:
        yield pa.concat_batches(batches)
    return _lines(block, left)


def _lines(block: Block, chosen: Mask) -> bytes:
    """Return the chosen lines with their ends, and what stands after the last end."""
    kept = np.flatnonzero(chosen)
    first = np.flatnonzero(np.diff(kept, prepend=-2) != 1)  # of a run of lines
    last = np.append(first[1:] - 1, len(kept) - 1)[: len(first)]
    starts, ends = block.starts[kept[first]], block.ends[kept[last]] + 1
    view = memoryview(block.text)
    runs = [view[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
    tail = int(block.ends[-1]) + 1 if len(block) else 0
    return b"".join((*runs, view[tail:]))
