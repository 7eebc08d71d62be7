r"""Names in presentation form: what a log wrote, so that answers can be joined by commas.

Text logs write bytes that are no text as ``\xNN`` (Zeek, Suricata) or as they are; both become the
``\DDD`` of RFC 1035 section 5.1. Letters outside ASCII (U-labels) stay.
"""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

_SUSPECT = r"[\x00-\x20,\x7f\\]"
_HEX = re.compile(r"\\x([0-9a-fA-F]{2})")
_RAW = re.compile(r"[\x00-\x20,\x7f]")
_TAIL = re.compile(r"(?<!\\)(?:\\\\)*\\$")


def presented(names: pa.Array) -> pa.Array:
    """Return *names* with everything escaped that does not belong into a list of names."""
    mask = pc.match_substring_regex(names, _SUSPECT)
    if not pc.any(mask).as_py():
        return names
    changed = [escaped(name) for name in names.filter(mask).to_pylist()]
    return pc.replace_with_mask(names, pc.fill_null(mask, False), pa.array(changed, pa.string()))


def escaped(name: str) -> str:
    r"""Return one name in presentation form.

    >>> escaped("a\\x2cb c.example")
    'a\\044b\\032c.example'
    """
    name = _HEX.sub(lambda m: _octet(int(m[1], 16)), name)
    name = _RAW.sub(lambda m: f"\\{ord(m[0]):03d}", name)
    return name + "\\" if _TAIL.search(name) else name


def joined(lists: pa.ListArray) -> pa.Array:
    """Return each list of names and addresses as text, joined by commas."""
    values = presented(lists.values)
    rebuilt = pa.ListArray.from_arrays(lists.offsets, values)
    return pc.binary_join(rebuilt, ",")


def _octet(value: int) -> str:
    char = chr(value)
    if char in ".\\":
        return "\\" + char
    return char if char.isascii() and (char.isalnum() or char in "-_") else f"\\{value:03d}"
