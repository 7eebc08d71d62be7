"""Filter lists of AdGuard, uBlock Origin and Adblock Plus, as far as they are about names."""

from __future__ import annotations

import re

from fluxhound.intel.gathering import NOTHING_TOLD, Gathering, Told
from fluxhound.intel.indicator import Kind
from fluxhound.intel.reading import hosts
from fluxhound.intel.reading.form import (
    FeedOptions,
    Form,
    lines_in_view,
    mostly,
    text_lines,
)
from fluxhound.sources.stream import Stream

_HEADER = re.compile(r"\[(?:adblock|ublock|adguard)[^\]]*\]", re.IGNORECASE)
#: "||name^", "|name^" or "@@||name^", with options behind a dollar sign.
_RULE = re.compile(
    r"(@@)?(\|{0,2})(https?://)?((?:\*\.)?[^\s/^$|*,:]+)\^?\|?(?:\$(\S*))?", re.IGNORECASE
)
_COSMETIC = re.compile(r"#[@?$%]*#|\$\$")

#: Options under which a rule still concerns the name as a whole.
WHOLE_NAME = frozenset({"important", "all", "document", "doc", "popup", "network"})

COSMETIC = "a rule about pages' looks"
BROWSER_ONLY = "a rule that only a browser can follow"
EXCEPTION = Told(allow=True)


def matches(head: bytes) -> bool:
    """Tell whether it begins like such a list, or most lines are such rules."""
    lines = [line.strip() for line in lines_in_view(head)]
    lines = [line for line in lines if line]
    if lines and _HEADER.match(lines[0]):
        return True
    rules = [line for line in lines if not line.startswith(("!", "# "))]
    return mostly(rules, lambda line: line.startswith(("||", "@@||")))


def read(stream: Stream, gathering: Gathering, options: FeedOptions) -> None:  # noqa: ARG001 - the same for all formats
    """Read a filter list into *gathering*; a rule about a name covers the names below it."""
    for line in text_lines(stream, gathering.tally):
        text = line.strip()
        if not text or text.startswith(("!", "# ")) or _HEADER.match(text):
            continue
        gathering.tally.records += 1
        if hosts.is_entry(text):
            hosts.add_entry(text, gathering)
        else:
            _add_rule(text, gathering)


def _add_rule(text: str, gathering: Gathering) -> None:
    if _COSMETIC.search(text):
        gathering.tally.pass_over(COSMETIC)
        return
    match = _RULE.fullmatch(text)
    if match is None or match[3] or not _is_whole(match[5]):
        gathering.tally.pass_over(BROWSER_ONLY)
        return
    # Without bars a bare name is exact, in AdGuard's syntax for DNS.
    kind = Kind.DOMAIN if match[2] == "||" else Kind.HOST
    gathering.add(match[4], kind, EXCEPTION if match[1] else NOTHING_TOLD)


def _is_whole(options: str | None) -> bool:
    return options is None or all(each in WHOLE_NAME for each in options.split(","))


FORM = Form(name="adblock", title="AdGuard or uBlock filter list", matches=matches, read=read)
