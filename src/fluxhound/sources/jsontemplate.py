"""What the lines of one writer have in common: fixed texts, with values between them.

A program writes its objects with the same keys in the same order. A template is learned from one
line: ``{"ts":`` NUMBER ``,"query":"`` TEXT ``","answers":["`` TEXTS ``"]}``. Lines without
escapes and white space only; others have no template and are read by the engine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

#: Bounds on what is learned from. Chosen, not measured.
LINE_LIMIT = 16 << 10
VALUE_LIMIT = 128
DEPTH_LIMIT = 6
FIXED_LIMIT = 256

Path = tuple[str, ...]


class Kind(Enum):
    """What stands between two fixed texts."""

    TEXT = auto()  # a string, without its quotes
    NUMBER = auto()
    TRUTH = auto()  # true or false
    TEXTS = auto()  # one or more strings, without the first and the last quote
    NUMBERS = auto()  # one or more numbers
    OBJECTS = auto()  # one or more objects with the same keys


@dataclass(frozen=True, slots=True)
class Value:
    """A place for values: where it is in the object."""

    path: Path
    kind: Kind
    each: Template | None = None  # of the objects


@dataclass(frozen=True, slots=True)
class Template:
    """Fixed texts (one more than values, the first and the last included) and values."""

    fixed: tuple[bytes, ...]
    values: tuple[Value, ...]
    #: Values that are part of the fixed texts, without quotes; ``None`` is null.
    constants: Mapping[Path, str | None] = field(compare=False)
    #: Lists and objects that hold nothing.
    empty: frozenset[Path]

    def kinds(self) -> dict[Path, Kind]:
        """Return the kind of each value; of lists of objects, those of their values."""
        found = {value.path: value.kind for value in self.values}
        for value in self.values:
            if value.each is not None:
                found |= {value.path + path: kind for path, kind in value.each.kinds().items()}
        return found

    def paths(self) -> set[Path]:
        """Return the path of everything that is there, objects that hold something excepted."""
        return {*self.kinds(), *self.constants, *self.empty}

    @property
    def repeating(self) -> int | None:
        """Return the number of the value that may hold any number of strings."""
        for number, value in enumerate(self.values):
            if value.kind in (Kind.TEXTS, Kind.OBJECTS):
                return number
        return None


def _never(path: Path, text: bytes) -> bool:  # noqa: ARG001 - the signature of a choice
    return False


_SINGLE = (Kind.TEXT, Kind.NUMBER, Kind.TRUTH)


def element(number: int) -> str:
    """Return what stands in a path for an element of a list: no key, for it holds a quote."""
    return f'"{number}'


class _UnlikeError(Exception):
    """The line is not of a kind that has a template."""


_TEXT = re.compile(rb'"([^"]*)"')
_NUMBER = re.compile(rb"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_WORD = re.compile(rb"true|false|null")
_UNUSUAL = re.compile(rb"[^\x20-\x7e]|\\")


#: Which values are to be part of the fixed texts: those of few kinds, on which templates differ.
Constant = Callable[[Path, bytes], bool]


def learn(
    line: bytes, lists: Collection[Path] = (), constant: Constant | None = None
) -> Template | None:
    """Return the template of *line* (without its end), or ``None`` if it has none.

    *lists* are paths of objects that may be any number; other lists of objects keep their length.
    """
    if len(line) > LINE_LIMIT or not line.startswith(b"{") or _UNUSUAL.search(line):
        return None
    reader = _Reader(line, lists, constant or _never)
    try:
        end = reader.value(0, (), 0)
        found = reader.template(end)
    except _UnlikeError:
        return None
    return found if end == len(line) and found.values and _placeable(found) else None


def _placeable(template: Template) -> bool:
    """Tell whether each fixed text is short and has a quote to be found by, but for the last."""
    each = (value.each for value in template.values if value.each is not None)
    for one in (template, *each):
        if not all(b'"' in text for text in one.fixed[:-1]):
            return False
        if max(map(len, one.fixed)) > FIXED_LIMIT:
            return False
    return True


class _Reader:
    """Goes through one line once."""

    def __init__(
        self, line: bytes, lists: Collection[Path], constant: Constant, start: int = 0
    ) -> None:
        self._line = line
        self._lists = lists
        self._constant = constant
        self._fixed: list[bytes] = []
        self._start = start  # of the fixed text that is being read
        self._values: list[Value] = []
        self._constants: dict[Path, str | None] = {}
        self._empty: set[Path] = set()
        self._seen: set[Path] = set()

    def template(self, end: int) -> Template:
        """Return what was read up to *end*."""
        fixed = (*self._fixed, self._line[self._start : end])
        return Template(fixed, tuple(self._values), self._constants, frozenset(self._empty))

    def value(self, at: int, path: Path, depth: int) -> int:
        """Read the value at *at*; return where it ends."""
        first = self._line[at : at + 1]
        if first == b"{":
            return self._object(at, path, depth)
        if first == b"[":
            return self._list(at, path, depth)
        if first == b'"':
            end = self._matched(_TEXT, at)
            return self._add(Value(path, Kind.TEXT), at + 1, end - 1, end)
        if first in (b"t", b"f", b"n"):
            end = self._matched(_WORD, at)
            if first == b"n":
                self._constants[path] = None
                return end
            return self._add(Value(path, Kind.TRUTH), at, end, end)
        end = self._matched(_NUMBER, at)
        return self._add(Value(path, Kind.NUMBER), at, end, end)

    def _matched(self, pattern: re.Pattern[bytes], at: int) -> int:
        found = pattern.match(self._line, at)
        if not found:
            raise _UnlikeError
        return found.end()

    def _add(self, value: Value, start: int, end: int, after: int) -> int:
        text = self._line[start:end]
        if value.kind in _SINGLE and self._constant(value.path, text):
            self._constants[value.path] = text.decode()
            return after
        if len(self._values) == VALUE_LIMIT:
            raise _UnlikeError
        self._fixed.append(self._line[self._start : start])
        self._values.append(value)
        self._start = end
        return after

    def _object(self, at: int, path: Path, depth: int) -> int:
        if depth == DEPTH_LIMIT:
            raise _UnlikeError
        at += 1
        if self._line.startswith(b"}", at):
            self._empty.add(path)
            return at + 1
        while True:
            end = self._matched(_TEXT, at)
            inner = (*path, self._line[at + 1 : end - 1].decode())
            if inner in self._seen or not self._line.startswith(b":", end):
                raise _UnlikeError  # of two equal keys the first would count
            self._seen.add(inner)
            at = self.value(end + 1, inner, depth + 1)
            if self._line.startswith(b"}", at):
                return at + 1
            at = self._comma(at)

    def _comma(self, at: int) -> int:
        if not self._line.startswith(b",", at):
            raise _UnlikeError
        return at + 1

    def _list(self, at: int, path: Path, depth: int) -> int:
        first = self._line[at + 1 : at + 2]
        if first == b"]":
            self._empty.add(path)
            return at + 2
        if first == b"{":
            return self._objects(at + 1, path, depth)
        if first == b'"':
            self._demand_first()
            end = self._run(_TEXT, at + 1)
            return self._add(Value(path, Kind.TEXTS), at + 2, end - 1, end + 1)
        end = self._run(_NUMBER, at + 1)
        return self._add(Value(path, Kind.NUMBERS), at + 1, end, end + 1)

    def _demand_first(self) -> None:
        """Only one list may have any length, or nobody knows what quote stands where."""
        if any(value.kind in (Kind.TEXTS, Kind.OBJECTS) for value in self._values):
            raise _UnlikeError

    def _run(self, pattern: re.Pattern[bytes], at: int) -> int:
        """Read scalars to the end of their list; return where the bracket stands."""
        at = self._matched(pattern, at)
        while not self._line.startswith(b"]", at):
            at = self._matched(pattern, self._comma(at))
        return at

    def _objects(self, at: int, path: Path, depth: int) -> int:
        if path not in self._lists:
            return self._inline(at, path, depth)
        self._demand_first()
        start = at
        each: Template | None = None
        while True:
            inner = _Reader(self._line, (), _never, at)
            end = inner.value(at, (), depth + 1)
            template = inner.template(end)
            if each not in (None, template) or template.repeating is not None:
                raise _UnlikeError
            each = template
            if self._line.startswith(b"]", end):
                return self._add(Value(path, Kind.OBJECTS, each), start, end, end + 1)
            at = self._comma(end)

    def _inline(self, at: int, path: Path, depth: int) -> int:
        number = 0
        while True:
            at = self.value(at, (*path, element(number)), depth + 1)
            if self._line.startswith(b"]", at):
                return at + 1
            at = self._comma(at)
            number += 1
