"""What a broker must offer so that its messages can be read exactly once.

A feed is asked for what comes after a position, and says with everything it delivers where to go
on. The position is committed together with what was read; no broker's own bookkeeping
(acknowledgements, consumer groups, committed offsets) decides what is read again.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from fluxhound.errors import StoreError
from fluxhound.sources.tally import printable

#: Messages and bytes of one portion, and how long it is filled. Chosen: a portion costs some
#: milliseconds whatever it holds, and an alert may take two seconds in all.
PORTION_MESSAGES = 4096
PORTION_BYTES = 8 << 20
PORTION_SECONDS = 0.25
#: Seconds that a feed waits for messages before it says that there are none.
WAIT = 0.2
START_END, START_BEGINNING = "end", "beginning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Some messages in order, or none: then it says that the broker is there."""

    position: str  # where to go on after these messages
    payloads: Sequence[bytes] = ()
    lost: int = 0  # messages that the broker removed before they could be read
    remark: str = ""  # one sentence that a person should read


class Interruption(Exception):  # noqa: N818 - nothing is wrong with what was asked for
    """The feed has to be opened again; the text says why, and what to do if it goes on."""


class Feed(Protocol):
    """The messages of one stream."""

    def deliveries(
        self, position: str | None, stop: threading.Event
    ) -> Generator[Delivery, None, None]:
        """Yield what comes after *position* until *stop* is set, something at least once a second.

        Raises:
            Interruption: the connection was lost, or could not be made.
        """


def written(**fields: Any) -> str:
    """Return a position as text."""
    return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS).decode()


def position_fields(position: str, **shape: type) -> Mapping[str, Any]:
    """Return the fields of a position, of the types that *shape* tells.

    Raises:
        StoreError: the text is no position of this kind of input.
    """
    try:
        fields = orjson.loads(position)
    except orjson.JSONDecodeError:
        fields = None
    if not isinstance(fields, dict) or any(
        not isinstance(fields.get(key), kind) or isinstance(fields[key], bool)
        for key, kind in shape.items()
    ):
        raise StoreError(
            f"The stored position '{printable(position, limit=80)}' is none of this kind of input. "
            "Give the input another name to begin anew."
        )
    return fields


class Stride:
    """How many messages to ask for at once: as many as keep a portion within its bytes."""

    def __init__(self, most: int = PORTION_MESSAGES) -> None:
        self.count = min(256, most)
        self._most = most

    def learn(self, octets: int, asked: int) -> None:
        """Take in that *asked* messages at most came to *octets* bytes."""
        if octets > PORTION_BYTES:
            self.count = max(1, asked // 2)
        elif octets < PORTION_BYTES // 4:
            self.count = min(self._most, max(self.count, asked) * 2)
