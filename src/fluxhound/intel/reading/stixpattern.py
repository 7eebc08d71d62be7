"""The STIX pattern language, parsed: STIX 2.1, section 9 (OASIS, 2021).

A recursive parser over tokens, bounded in length, depth and comparisons. No expression of a feed
is ever run: MATCHES is understood only where it spells out one name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

#: Characters, nested parentheses and comparisons of one pattern. Chosen: patterns of real feeds
#: have up to a few hundred comparisons, and nest twice.
PATTERN_LENGTH, DEPTH, COMPARISONS = 65_536, 32, 4_096


class PatternError(ValueError):
    """The text is no pattern, or exceeds a bound."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison: "domain-name:value = 'evil.example'"; sets have several values."""

    path: str
    operator: str
    values: tuple[str, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Joined:
    """Several expressions joined by OR, AND or FOLLOWEDBY."""

    word: str
    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Qualified:
    """An observation with WITHIN, REPEATS or START ... STOP."""

    word: str
    part: Expression


Expression = Comparison | Joined | Qualified

_TOKEN = re.compile(
    r"\s*(?:(?P<string>[thb]?'(?:[^'\\]|\\.)*')"
    r"|(?P<comment>/\*.*?\*/|//[^\r\n]*)"
    r"|(?P<operator>!=|<>|<=|>=|==|[=<>])"
    r"|(?P<mark>[\[\](),])"
    r"|(?P<path>[A-Za-z][A-Za-z0-9_-]*:(?:[A-Za-z0-9_.-]|'[^']*'|\[(?:\*|\d+)\])+)"
    r"|(?P<number>[+-]?\d+(?:\.\d+)?)"
    r"|(?P<word>[A-Za-z]+))",
    re.DOTALL,
)
_SETS = {"IN"}
_TESTS = {"LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET", "IN"}


def parse(pattern: str) -> Expression:
    """Return the expression of *pattern*.

    Raises:
        PatternError: it is none.
    """
    if len(pattern) > PATTERN_LENGTH:
        raise PatternError("too long")
    return _Parser(list(_tokens(pattern))).whole()


def _tokens(pattern: str) -> Iterator[tuple[str, str]]:
    place = 0
    end = len(pattern.rstrip())
    while place < end:
        token = _TOKEN.match(pattern, place)
        if token is None or token.lastgroup is None:
            raise PatternError("not the pattern language")
        if token.lastgroup != "comment":
            yield token.lastgroup, token[token.lastgroup]
        place = token.end()


class _Parser:
    """The tokens, and how far they were read."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0
        self._comparisons = 0

    def whole(self) -> Expression:
        found = self._observations()
        if self._place < len(self._tokens):
            raise PatternError("something follows the pattern")
        return found

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._place] if self._place < len(self._tokens) else ("end", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self._place += 1
        return token

    def _is(self, *words: str) -> bool:
        kind, text = self._peek()
        return kind in {"word", "mark"} and text.upper() in words

    def _expect(self, *words: str) -> None:
        if not self._is(*words):
            raise PatternError(f"{words[0]} is missing")
        self._place += 1

    def _nested(self) -> None:
        self._depth += 1
        if self._depth > DEPTH:
            raise PatternError("nested too deep")

    def _chain(self, word: str, part: str) -> Expression:
        """Read parts joined by *word*; the names of the methods are this grammar's rules."""
        read = {
            "or": self._observation_or,
            "and": self._observation_and,
            "observation": self._qualified,
            "comparison_and": self._comparison_and,
            "comparison": self._comparison,
        }[part]
        parts = [read()]
        while self._is(word):
            self._place += 1
            parts.append(read())
        return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))

    def _observations(self) -> Expression:
        return self._chain("FOLLOWEDBY", "or")

    def _observation_or(self) -> Expression:
        return self._chain("OR", "and")

    def _observation_and(self) -> Expression:
        return self._chain("AND", "observation")

    def _qualified(self) -> Expression:
        found = self._observation()
        while self._is("WITHIN", "REPEATS", "START"):
            found = Qualified(self._qualifier(), found)
        return found

    def _qualifier(self) -> str:
        word = self._next()[1].upper()
        if self._next()[0] not in {"number", "string"}:
            raise PatternError(f"{word} lacks its value")
        if word == "START":
            self._expect("STOP")
            self._next()
        else:
            self._expect("SECONDS" if word == "WITHIN" else "TIMES")
        return word

    def _observation(self) -> Expression:
        self._nested()
        if self._is("("):
            self._place += 1
            found = self._observations()
            self._expect(")")
        else:
            self._expect("[")
            found = self._comparisons_or()
            self._expect("]")
        self._depth -= 1
        return found

    def _comparisons_or(self) -> Expression:
        return self._chain("OR", "comparison_and")

    def _comparison_and(self) -> Expression:
        return self._chain("AND", "comparison")

    def _comparison(self) -> Expression:
        if self._is("("):
            self._nested()
            self._place += 1
            found = self._comparisons_or()
            self._expect(")")
            self._depth -= 1
            return found
        self._comparisons += 1
        if self._comparisons > COMPARISONS:
            raise PatternError("too many comparisons")
        if self._is("EXISTS"):
            self._place += 1
            return Comparison(self._next()[1], "EXISTS", (), negated=False)
        return self._compared()

    def _compared(self) -> Comparison:
        kind, path = self._next()
        if kind != "path":
            raise PatternError("an object path is missing")
        negated = self._is("NOT")
        self._place += negated
        kind, operator = self._next()
        operator = operator.upper()
        if kind != "operator" and operator not in _TESTS:
            raise PatternError("an operator is missing")
        values = self._set() if operator in _SETS else (self._literal(),)
        return Comparison(path, operator, values, negated=negated or operator in {"!=", "<>"})

    def _set(self) -> tuple[str, ...]:
        self._expect("(")
        values = [self._literal()]
        while self._is(","):
            self._place += 1
            values.append(self._literal())
        self._expect(")")
        self._comparisons += len(values)
        return tuple(values)

    def _literal(self) -> str:
        kind, text = self._next()
        if kind == "string":
            return re.sub(r"\\(.)", r"\1", text[text.index("'") + 1 : -1], flags=re.DOTALL)
        if kind in {"number", "word"}:
            return text
        raise PatternError("a value is missing")
