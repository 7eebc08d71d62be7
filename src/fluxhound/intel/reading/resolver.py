"""Block lists in the configuration language of dnsmasq and Unbound."""

from __future__ import annotations

import re

from fluxhound.intel.gathering import Gathering, Told
from fluxhound.intel.indicator import Kind
from fluxhound.intel.reading.form import (
    FeedOptions,
    Form,
    lines_in_view,
    mostly,
    telling,
    text_lines,
)
from fluxhound.intel.reading.hosts import NOWHERE
from fluxhound.sources.stream import Stream

_DNSMASQ = re.compile(r"(address|server|local)\s*=\s*/([^\s#]*)/([^\s/]*)")
_ZONE = re.compile(r"local-zone:\s*\"?([^\"\s]+)\"?\s+\"?([a-z_]+)\"?", re.IGNORECASE)
_RECORD = re.compile(
    r"local-data:\s*[\"']?([^\"'\s]+)\s+(?:\d+\s+)?(?:IN\s+)?(A|AAAA)\s+([^\"'\s]+)", re.IGNORECASE
)
_OTHER = re.compile(r"[a-z0-9-]+:(\s|$)|[a-z0-9-]+(\s*=|$)")

#: Unbound's zone types (unbound.conf, local-zone) that keep a name from being resolved, and those
#: that let it pass.
BLOCKING = frozenset(
    {
        "deny", "refuse", "static", "redirect", "inform_deny", "inform_redirect", "always_refuse",
        "always_nxdomain", "always_nodata", "always_deny", "always_null", "block_a",
    }
)  # fmt: skip
PASSING = frozenset({"transparent", "always_transparent", "nodefault", "typetransparent", "inform"})

FORWARDED = "sent to another server, not blocked"
OTHER_SETTING = "another setting"
BAD_LINE = "not a setting of dnsmasq or Unbound"
ALLOWED = Told(allow=True)


def matches(head: bytes) -> bool:
    """Tell whether most lines are such settings."""
    return mostly(telling(lines_in_view(head)), is_setting)


def is_setting(line: str) -> bool:
    """Tell whether a line is a setting about a name, or the section that it stands in."""
    return line == "server:" or any(each.match(line) for each in (_DNSMASQ, _ZONE, _RECORD))


def read(stream: Stream, gathering: Gathering, options: FeedOptions) -> None:  # noqa: ARG001 - the same for all formats
    """Read such a list into *gathering*; a name covers the names below it, as in both programs."""
    for line in text_lines(stream, gathering.tally):
        text = line.strip()
        if text and not text.startswith("#") and text != "server:":
            gathering.tally.records += 1
            _add_setting(text, gathering)


def _add_setting(text: str, gathering: Gathering) -> None:
    if match := _DNSMASQ.match(text):
        _add_dnsmasq(match[1], match[2].split("/"), match[3], gathering)
    elif match := _ZONE.match(text):
        _add_zone(match[1], match[2].lower(), gathering)
    elif match := _RECORD.match(text):
        if match[3] in NOWHERE:
            gathering.add(match[1], Kind.HOST)
        else:
            gathering.tally.pass_over(FORWARDED)
    elif _OTHER.match(text):
        gathering.tally.pass_over(OTHER_SETTING)
    else:
        gathering.tally.reject(BAD_LINE, text)


def _add_dnsmasq(setting: str, names: list[str], target: str, gathering: Gathering) -> None:
    """Take what dnsmasq(8) says of --address, --server and --local: no target is no such name."""
    if target == "#" and setting == "server":
        for name in names:
            gathering.add(name, Kind.DOMAIN, ALLOWED)
    elif target in {"", "#"} or (setting == "address" and target in NOWHERE):
        for name in names:
            gathering.add(name, Kind.DOMAIN)
    else:
        gathering.tally.pass_over(FORWARDED, len(names))


def _add_zone(name: str, kind: str, gathering: Gathering) -> None:
    if kind in BLOCKING:
        gathering.add(name, Kind.DOMAIN)
    elif kind in PASSING:
        gathering.add(name, Kind.DOMAIN, ALLOWED)
    else:
        gathering.tally.pass_over(OTHER_SETTING)


FORM = Form(name="resolver", title="dnsmasq or Unbound settings", matches=matches, read=read)
