"""A source of indicators: where it is, how far it is trusted, how fast what it says grows old."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from fluxhound.errors import UsageError
from fluxhound.intel.indicator import Kind, Tlp
from fluxhound.intel.reading.form import FEED_BYTES


class Purpose(StrEnum):
    """What a source is for."""

    BLOCK = "block"  # it lists what is hostile
    ALLOW = "allow"  # it lists what must not be blocked
    CONTEXT = "context"  # it names what something is: sinkholes, content networks, resolvers


class State(StrEnum):
    """How a source fares."""

    NEW = "new"  # never fetched
    GOOD = "good"
    FAILING = "failing"  # the last fetch failed; what it said before still counts
    HELD = "held"  # what it says now changed so much that a person must look


#: Half-lives by kind, chosen: an address is given to somebody else within days or weeks, a URL is
#: taken down as fast, a name stays its owner's for a year at least.
HALF_LIVES: Mapping[Kind, timedelta] = {
    Kind.DOMAIN: timedelta(days=90),
    Kind.HOST: timedelta(days=90),
    Kind.BELOW: timedelta(days=90),
    Kind.ADDRESS: timedelta(days=7),
    Kind.NETWORK: timedelta(days=30),
    Kind.URL: timedelta(days=14),
}
#: How often a source is asked, if nothing else is said. Chosen: most feeds change daily.
REFRESH = timedelta(hours=6)
#: Octets of one feed beyond which nothing of it is taken, if nothing else is said.
LIMIT_BYTES = FEED_BYTES
#: How far a source is believed, from 0 to 100, if nothing else is said. Chosen.
TRUST = 60

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One source, as the user declared it."""

    name: str
    location: str  # a path or a URL
    client: str = "file"  # "file", "http", "taxii" or "misp": who fetches it
    form: str = ""  # format of what is fetched; told by the content if ""
    purpose: Purpose = Purpose.BLOCK
    trust: int = TRUST  # 0 to 100
    licence: str = ""
    tlp: Tlp = Tlp.UNMARKED
    half_lives: Mapping[Kind, timedelta] = field(default_factory=lambda: HALF_LIVES)
    refresh: timedelta = REFRESH
    columns: Mapping[str, str] = field(default_factory=dict)
    subnames: bool | None = None
    to_ids: bool = True
    own: tuple[str, ...] = ()  # names and networks that it must never list
    secret_file: str = ""  # holds a token, a key, or "user:password"
    proxy: str = ""
    ca_file: str = ""
    private: bool = False  # whether it may be at a private address
    limit: int = LIMIT_BYTES
    configured: bool = False  # whether it stands in the configuration, and is changed there

    def __post_init__(self) -> None:
        """Check what a person can get wrong.

        Raises:
            UsageError: the name or the trust is not usable.
        """
        if not _NAME.fullmatch(self.name):
            raise UsageError(
                f"{self.name!r} is no name for a source: use up to 63 of a-z, 0-9, '.', '_', '-'."
            )
        if not 0 <= self.trust <= 100:  # noqa: PLR2004 - a share of a hundred
            raise UsageError(f"--trust {self.trust}: give a number from 0 to 100.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What became of a source so far. Times are seconds since 1970-01-01 UTC."""

    state: State = State.NEW
    fetched: float | None = None  # last fetch that worked, changed or not
    tried: float | None = None
    changed: float | None = None  # when its content was last replaced
    indicators: int = 0
    held: int = 0  # indicators that wait for a person
    why: str = ""  # one sentence: why it is held or failing
    etag: str = ""
    modified: str = ""  # Last-Modified, as the server wrote it; TAXII: added_after
