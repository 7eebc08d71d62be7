"""What a key may hold: each function takes TOML's value or the environment's text.

Each returns the setting, and raises ``ValueError`` with a sentence about the value.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import timedelta
from pathlib import Path
from typing import Any

from fluxhound.quantities import parse_duration, parse_size

SMALLEST_MEMORY = 64 << 20  # DuckDB and a reader's blocks need about this much. Chosen.
PREFIX = "FLUXHOUND_"


def text(value: object) -> str:
    """Return a text that is not empty."""
    if not isinstance(value, str) or not value:
        raise ValueError("give a text in quotes")
    return value


def path(value: object) -> Path:
    """Return a path; ``~`` is the home folder."""
    return Path(text(value)).expanduser()


def memory(value: object) -> int:
    """Return a size in bytes, at least ``SMALLEST_MEMORY``."""
    size = (
        value if isinstance(value, int) and not isinstance(value, bool) else parse_size(text(value))
    )
    if size < SMALLEST_MEMORY:
        raise ValueError(f"{value} is too little; give at least 64MiB")
    return size


def threads(value: object) -> int:
    """Return a number of threads."""
    number = int(value) if isinstance(value, str) and value.isdecimal() else value
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= 1024:  # noqa: PLR2004 - more cores than any machine has
        raise ValueError("give a whole number from 1 to 1024")
    return number


def switch(value: object) -> bool:
    """Return yes or no."""
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    answer = words.get(value.lower()) if isinstance(value, str) else value
    if not isinstance(answer, bool):
        raise ValueError("give true or false")  # noqa: TRY004 - one kind of error for values
    return answer


def one_of(*choices: str) -> Callable[[object], str]:
    """Return a parser that takes one of *choices*."""

    def parse(value: object) -> str:
        if value not in choices:
            raise ValueError(f"give one of {', '.join(choices)}{nearest(str(value), choices)}")
        return str(value)

    return parse


def columns(value: object) -> Mapping[str, str]:
    """Return a mapping of column names."""
    if isinstance(value, str):  # from the environment: "name=qname,time=ts"
        pairs = [part.partition("=") for part in value.split(",")]
        if not all(ours.strip() and theirs.strip() for ours, _, theirs in pairs):
            raise ValueError("write pairs such as name=qname,time=ts")
        return {ours.strip(): theirs.strip() for ours, _, theirs in pairs}
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise ValueError('give a table such as {name = "qname", time = "ts"}')
    return dict(value)


def size(value: object) -> int:
    """Return a size in bytes."""
    return value if _is_number(value) else parse_size(text(value))  # type: ignore[return-value]


def duration(value: object) -> timedelta:
    """Return a duration such as ``10m``; a number is in seconds."""
    if _is_number(value):
        return parse_duration(f"{value}s")
    length = parse_duration(text(value))
    if not length:
        raise ValueError(f"{value} is no time at all; write for example 30m, 2h or 7d")
    return length


def number(low: int, high: int) -> Callable[[object], int]:
    """Return a parser that takes a whole number from *low* to *high*."""

    def parse(value: object) -> int:
        found = int(value) if isinstance(value, str) and value.isdecimal() else value
        if not isinstance(found, int) or isinstance(found, bool) or not low <= found <= high:
            raise ValueError(f"give a whole number from {low} to {high}")
        return found

    return parse


def share(value: object) -> float:
    """Return a number from 0 to 1."""
    try:
        found = float(value) if isinstance(value, (str, int, float)) else -1.0
    except ValueError:
        found = -1.0
    if isinstance(value, bool) or not 0 <= found <= 1:
        raise ValueError("give a number from 0 to 1")
    return found


def listen(value: object) -> str:
    """Return where to listen: HOST:PORT, ``[::1]:PORT``, ``unix:PATH``, or ``none``."""
    where = text(value)
    if where.startswith("unix:") and len(where) > len("unix:"):
        return where
    host, _, port = where.rpartition(":")
    if where != "none" and not (host and port.isdecimal() and int(port) <= LARGEST_PORT):
        raise ValueError(f"{where!r} is no place to listen at; write for example 127.0.0.1:8053")
    return where


def label(value: object) -> str:
    """Return a short name: letters, digits, dots, dashes and underscores."""
    word = text(value)
    if not _LABEL.fullmatch(word) or word in RESERVED:
        raise ValueError(
            f"{word!r} is no name here; take up to 64 letters, digits, dots and dashes, "
            f"and not {', '.join(RESERVED)}"
        )
    return word


def texts(value: object) -> tuple[str, ...]:
    """Return a list of texts; in the environment they are separated by commas."""
    given = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
    if not isinstance(given, list) or not all(isinstance(each, str) and each for each in given):
        raise ValueError('give a list of texts such as ["a", "b"]')
    return tuple(given)


def quiet_times(value: object) -> tuple[Mapping[str, str], ...]:
    """Return quiet times: tables with ``days``, ``from``, ``until`` and ``zone``, all texts."""
    if not isinstance(value, list) or not all(
        isinstance(each, dict)
        and set(each) <= QUIET_KEYS
        and {"from", "until"} <= set(each)
        and all(isinstance(part, str) for part in each.values())
        for each in value
    ):
        raise ValueError(
            'give a list such as [{ days = "sat,sun", from = "22:00", until = "06:00" }]'
        )
    return tuple(dict(each) for each in value)


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def nearest(word: str, known: tuple[str, ...] | list[str], *, cutoff: float = 0.6) -> str:
    """Return a hint at the nearest of the *known* words, or nothing."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=cutoff)
    return f" (did you mean {close[0]}?)" if close else ""


_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
#: Names that the service itself uses.
RESERVED = ("http", "other")
QUIET_KEYS = frozenset({"days", "from", "until", "zone"})
LARGEST_PORT = 65_535


def key(
    doc: str,
    parse: Callable[[object], Any],
    *,
    example: str,
    env: str = "",
    default: object = None,
    required: bool = False,
) -> Any:
    """Declare one key: what it does, how its value is read, and an example for the docs.

    A key of a list's tables has no variable in the environment (*env*).
    """
    metadata = {
        "doc": doc,
        "parse": parse,
        "env": PREFIX + env if env else "",
        "example": example,
        "required": required,
    }
    if required:
        return field(metadata=metadata)
    if isinstance(default, dict):
        return field(default_factory=dict, metadata=metadata)
    return field(default=default, metadata=metadata)
