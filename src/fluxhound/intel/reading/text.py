"""Plain lists and free text: one indicator a line, or sentences with defanged ones in them."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.intel.gathering import Gathering
from fluxhound.intel.reading.form import FeedOptions, Form, batched, text_lines
from fluxhound.intel.spelling import TEXT_LENGTH, is_defanged, spelled
from fluxhound.sources.stream import Stream

#: Lines that are no comments, and those of one plain word.
_TELLING = r"^(?:[^#;!/\s]|/[^/]|/$)"
_ONE_WORD = r"^[^\s,#]{1,253}$"
#: A comment behind an indicator; a "#" inside a word belongs to a URL. Each run of blanks is looked
#: at once: a line of blanks alone must not cost the square of its length.
_COMMENT = re.compile(r"(?<!\s)\s++(?:#|//|;).*$")
_EDGES = ".,;:!?\"'`()<>|*" + "\u201c\u201d\u2018\u2019\u2022\u2013"
#: Words of one line that are looked at. Chosen: a line of prose has about twenty.
MOST_WORDS = 1_000

PROSE = "text without a defanged indicator"


def matches(head: bytes) -> bool:
    """Tell whether it is text at all: the loosest format, asked last."""
    return bool(head) and b"\0" not in head


def read(stream: Stream, gathering: Gathering, options: FeedOptions) -> None:  # noqa: ARG001 - the same for all formats
    """Read a list or free text into *gathering*.

    A line of one word is an indicator. In a line of several, every word must be one, or else only
    what was made unclickable is taken: a link that still works is a reference, not an indicator.
    """
    lines = text_lines(stream, gathering.tally)
    for batch in batched(lines, len):
        _add_lines(pc.ascii_trim_whitespace(pa.array(batch, pa.string())), gathering)


def _add_lines(lines: pa.Array, gathering: Gathering) -> None:
    """Take the lines of one word in a column, and look at the others one by one."""
    told = lines.filter(pc.match_substring_regex(lines, _TELLING))
    gathering.tally.records += len(told)
    alone = pc.match_substring_regex(told, _ONE_WORD)
    words = told.filter(alone)
    gathering.add_columns(words, np.zeros(len(words), dtype=np.int8), {})
    for text in told.filter(pc.invert(alone)).to_pylist():
        _add_line(_COMMENT.sub("", text) if len(text) < TEXT_LENGTH else text, gathering)


def _add_line(text: str, gathering: Gathering) -> None:
    words = text.split(None, MOST_WORDS)[:MOST_WORDS]
    if len(words) == 1:
        gathering.add(text.removeprefix("- ").rstrip(","))
        return
    if words[0] in {"-", "*", "\u2022"}:
        words = words[1:]
    if all(spelled(word)[0] for word in words):
        found = words
    else:
        found = [core for word in words if is_defanged(core := word.strip(_EDGES))]
    for word in found:
        gathering.add(word)
    if not found:
        gathering.tally.pass_over(PROSE)


FORM = Form(name="text", title="plain list or free text", matches=matches, read=read)
