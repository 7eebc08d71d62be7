"""Names as they travel: labels after their lengths (RFC 1035 section 3.1), for whole columns."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.lab.writing.columns import Ints, Mask, Octets, contains
from fluxhound.sources.octets import last_octets, lengths, octets

LABEL_OCTETS, NAME_OCTETS = 63, 255  # RFC 1035 section 2.3.4
LARGEST_OCTET = 255
_DOT = ord(".")
_ESCAPE = re.compile(rb"\\([0-9]{3}|.)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """The octets of many names, one after the other."""

    octets: Octets
    sizes: Ints
    sound: Mask  # names that may travel

    @property
    def starts(self) -> Ints:
        """Return where each name begins in ``octets``."""
        return np.cumsum(self.sizes) - self.sizes


def wire(names: pa.StringArray) -> Wire:
    """Return *names* as octets; a name that is none (the root included) is not sound."""
    escaped = contains(names, "\\")
    if escaped.any():
        return _with_escapes(names, escaped)
    if (last_octets(names) == _DOT).any():
        names = pc.utf8_rtrim(names, ".")
    return _labelled(octets(names), lengths(names).astype(np.int64))


def _labelled(text: Octets, sizes: Ints) -> Wire:
    """Put a length before each label: the dots, and one more before each name, hold them."""
    count = len(sizes)
    starts = np.cumsum(sizes + 2) - (sizes + 2)
    found = np.zeros(len(text) + 2 * count, np.uint8)
    found[np.arange(len(text)) + np.repeat(2 * np.arange(count) + 1, sizes)] = text
    marks = found == _DOT
    marks[starts] = True
    marks[starts + sizes + 1] = True
    at = np.flatnonzero(marks)
    label = np.diff(at, append=at[-1:]) - 1
    ends = np.zeros(len(found), bool)
    ends[starts + sizes + 1] = True
    label[ends[at]] = 0
    found[at] = label.clip(0, LARGEST_OCTET)
    wrong = at[((label < 1) | (label > LABEL_OCTETS)) & ~ends[at]]
    sound = sizes + 2 <= NAME_OCTETS
    sound[np.searchsorted(starts, wrong, side="right") - 1] = False
    return Wire(octets=found, sizes=sizes + 2, sound=sound)


def _with_escapes(names: pa.StringArray, escaped: Mask) -> Wire:
    plain = wire(pc.if_else(pa.array(escaped), "", names))
    slow = {row: _one(names[row].as_py()) for row in np.flatnonzero(escaped).tolist()}
    values = [
        slow.get(row) or plain.octets[start : start + size].tobytes()
        for row, (start, size) in enumerate(
            zip(plain.starts.tolist(), plain.sizes.tolist(), strict=True)
        )
    ]
    sound = plain.sound.copy()
    sound[list(slow)] = [found is not None for found in slow.values()]
    return Wire(
        octets=np.frombuffer(b"".join(values), np.uint8),
        sizes=np.array([len(value) for value in values], np.int64),
        sound=sound,
    )


def _one(name: str) -> bytes | None:
    r"""Return one name with ``\DDD`` and ``\.`` (RFC 1035 section 5.1) as octets."""
    labels: list[bytearray] = [bytearray()]
    text = name.encode()
    at = 0
    while at < len(text):
        escape = _ESCAPE.match(text, at)
        if escape:
            code = escape[1]
            number = int(code) if len(code) == 3 else code[0]  # noqa: PLR2004 - digits
            if number > LARGEST_OCTET:
                return None
            labels[-1].append(number)
            at = escape.end()
            continue
        if text[at] == _DOT:
            labels.append(bytearray())
        else:
            labels[-1].append(text[at])
        at += 1
    if len(labels) > 1 and not labels[-1]:
        labels.pop()
    if not all(0 < len(label) <= LABEL_OCTETS for label in labels):
        return None
    found = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    return found if len(found) <= NAME_OCTETS else None
