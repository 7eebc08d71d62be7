"""The public suffix list: under which suffixes anybody can register a name."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from importlib.resources import files
from pathlib import Path

from fluxhound.errors import TableError

_PRIVATE_BEGINS = "===BEGIN PRIVATE DOMAINS==="
_PRIVATE_ENDS = "===END PRIVATE DOMAINS==="
_VERSION = re.compile(r"^// VERSION: (\d{4}-\d\d-\d\d)")

#: Lines before the first rule that may state the version, and the fewest rules of a whole list.
#: Chosen, not measured; the list has had over 5,000 rules since 2012.
HEAD_LINES = 40
FEWEST_RULES = 1000


class Rule(IntEnum):
    """What the list says of a suffix: itself, all labels below it, or not below its wildcard."""

    EXACT = 1
    WILDCARD = 2
    EXCEPTION = 3


@dataclass(frozen=True, slots=True)
class Suffixes:
    """The rules of one list by suffix, in U-label and A-label form.

    A suffix maps to its rule times two, plus one where it stands in the private section.
    """

    rules: dict[str, int]
    longest: int  # labels of the longest rule
    date: str  # ISO 8601, or "" where the list does not state it


def read_suffixes(lines: Iterable[str]) -> Suffixes:
    """Return the rules among *lines* in the format of the list (publicsuffix.org/list).

    Where a suffix has a rule and a wildcard, the wildcard is kept: it implies the suffix itself.
    """
    rules: dict[str, int] = {}
    private = False
    date = ""
    for number, line in enumerate(lines):
        if line.startswith("//"):
            private = (private or _PRIVATE_BEGINS in line) and _PRIVATE_ENDS not in line
            if number < HEAD_LINES and (version := _VERSION.match(line)):
                date = version[1]
        elif text := line.split(" ")[0].strip().lower():
            suffix, rule = _parsed(text)
            for form in {suffix, _a_form(suffix)}:
                rules[form] = max(rules.get(form, 0), rule * 2 + private)
    longest = max((suffix.count(".") + 1 for suffix in rules), default=0)
    return Suffixes(rules, longest, date)


def _parsed(text: str) -> tuple[str, Rule]:
    if text.startswith("!"):
        return text[1:], Rule.EXCEPTION
    if text.startswith("*."):
        return text[2:], Rule.WILDCARD
    return text, Rule.EXACT


def _a_form(suffix: str) -> str:
    if suffix.isascii():
        return suffix
    try:
        return suffix.encode("idna").decode("ascii")
    except UnicodeError:  # not a name in IDNA 2003; it can only match as it is written
        return suffix


@functools.cache
def suffixes() -> Suffixes:
    """Return the list that the publicsuffixlist package brings."""
    text = files("publicsuffixlist").joinpath("public_suffix_list.dat").read_text("utf-8")
    return read_suffixes(text.splitlines())


def load_suffixes(path: Path) -> Suffixes:
    """Return the user's own copy of the list.

    Raises:
        TableError: the file cannot be read, or is not a public suffix list.
    """
    try:
        found = read_suffixes(path.read_text("utf-8").splitlines())
    except (OSError, UnicodeDecodeError) as error:
        raise TableError(f"The suffix list {path} cannot be read: {error}.") from error
    if len(found.rules) < FEWEST_RULES:
        raise TableError(f"{path} is no public suffix list: it has {len(found.rules)} rules only.")
    return found


@functools.cache
def suffix_date() -> str:
    """Return the date of the list that the package brings, "" if it does not state one."""
    source = files("publicsuffixlist").joinpath("public_suffix_list.dat")
    with source.open(encoding="utf-8") as lines:
        for _, line in zip(range(HEAD_LINES), lines, strict=False):
            if version := _VERSION.match(line):
                return version[1]
    return ""
