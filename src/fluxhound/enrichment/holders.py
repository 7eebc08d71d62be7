"""The words of a network holder's name, and patterns that look for some of them."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence

_WORD = re.compile(r"[a-z0-9]+")
_PATTERN = re.compile(r"\^?[a-z0-9]+( [a-z0-9]+)*|\*[a-z0-9]+|[a-z0-9]+\*")

#: A longer name says no more; the longest in the embedded table has 80 characters. Bounds the work
#: on hostile tables.
LONGEST_HOLDER = 200

#: Words whose patterns are remembered: the embedded table has about 70,000. Bounds the memory.
KNOWN_WORDS = 100_000


def words(holder: str) -> list[str]:
    """Return the words of *holder* in lower-case ASCII, without accents and punctuation.

    >>> words("Telefónica Chile, S.A.")
    ['telefonica', 'chile', 's', 'a']
    """
    text = holder[:LONGEST_HOLDER]
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _WORD.findall(text.lower())


class Patterns:
    """Patterns over words, each with the label it stands for.

    A pattern is a word or several in a row (``data center``), which must stand at the beginning
    of the name after ``^``; or one word with a star for any letters: ``telecom*``, ``*hosting``.
    """

    def __init__(self, labelled: Iterable[tuple[str, str]]) -> None:
        """Take pairs of pattern and label. Raises ValueError for what is no pattern."""
        self._phrases: dict[str, list[tuple[list[str], bool, str]]] = defaultdict(list)
        self._beginnings: list[tuple[str, str]] = []
        self._endings: list[tuple[str, str]] = []
        self._known: dict[str, frozenset[str]] = {}
        for pattern, label in labelled:
            if not _PATTERN.fullmatch(pattern):
                raise ValueError(f"{pattern!r} is not a pattern")
            self._add(pattern, label)

    def _add(self, pattern: str, label: str) -> None:
        if pattern.endswith("*"):
            self._beginnings.append((pattern[:-1], label))
        elif pattern.startswith("*"):
            self._endings.append((pattern[1:], label))
        else:
            phrase = pattern.lstrip("^").split(" ")
            self._phrases[phrase[0]].append((phrase, pattern.startswith("^"), label))

    def labels(self, name: Sequence[str]) -> set[str]:
        """Return the labels of all patterns that the words of a name match."""
        found: set[str] = set()
        for place, word in enumerate(name):
            if word in self._phrases:
                found |= self._phrase_labels(name, place)
            if starred := self._starred(word):
                found |= starred
        return found

    def _phrase_labels(self, name: Sequence[str], place: int) -> set[str]:
        return {
            label
            for phrase, first_only, label in self._phrases[name[place]]
            if name[place : place + len(phrase)] == phrase and not (first_only and place)
        }

    def _starred(self, word: str) -> frozenset[str]:
        if (known := self._known.get(word)) is not None:
            return known
        if len(self._known) >= KNOWN_WORDS:
            self._known.clear()
        self._known[word] = found = self._search(word)
        return found

    def _search(self, word: str) -> frozenset[str]:
        heads = {label for head, label in self._beginnings if word.startswith(head)}
        tails = {label for tail, label in self._endings if word.endswith(tail)}
        return frozenset(heads | tails)
