"""What a destination gets, what it may answer, and how an alert is written for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import orjson

from fluxhound.service.alerts.settings import MessageFormat
from fluxhound.sharing.alertjson import told_document
from fluxhound.sharing.cef import cef_line
from fluxhound.sharing.ecs import ecs_document
from fluxhound.sharing.headline import Detail, Told, fitting
from fluxhound.sharing.leef import leef_line
from fluxhound.sharing.ocsf import ocsf_document

#: Octets of one message where a destination sets no limit of its own. Chosen, not measured.
MESSAGE_OCTETS = 64 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One alert (or summary) on its way to one destination."""

    told: Told
    addresses: tuple[str, ...] = ()


class DeliveryError(Exception):
    """A destination did not take what it was given.

    ``permanent`` tells that it refused this very message; ``after_s`` is for how long it asked to
    be left alone.
    """

    def __init__(
        self, message: str, *, permanent: bool = False, after_s: float | None = None
    ) -> None:
        """Take what happened, in one sentence."""
        super().__init__(message)
        self.permanent = permanent
        self.after_s = after_s


class Destination(Protocol):
    """Where alerts go. One thread uses it."""

    #: How many letters it takes at once.
    batch: int

    def deliver(self, letters: Sequence[Letter], *, now: float) -> None:
        """Deliver all *letters*, at *now* in epoch seconds.

        Raises:
            DeliveryError: not all were taken; all of them will be given again.
        """

    def close(self) -> None:
        """Let go of connections and files."""


def written(letter: Letter, form: MessageFormat, limit: int = MESSAGE_OCTETS) -> bytes:
    """Return a letter in *form*, one line without its end, as detailed as *limit* octets allow.

    Raises:
        DeliveryError: not even the least detailed message is that short.
    """

    def render(detail: Detail) -> bytes:
        return _rendered(letter, form, detail)

    message = fitting(render, limit)
    if len(message) > limit:
        raise DeliveryError(
            f"an alert of {len(message)} octets is longer than {limit}", permanent=True
        )
    return message


def _rendered(letter: Letter, form: MessageFormat, detail: Detail) -> bytes:
    told, addresses = letter.told, letter.addresses
    match form:
        case MessageFormat.CEF:
            return cef_line(told, addresses, detail).encode()
        case MessageFormat.LEEF:
            return leef_line(told, addresses, detail).encode()
        case MessageFormat.ECS:
            return orjson.dumps(ecs_document(told, addresses, detail))
        case MessageFormat.OCSF:
            return orjson.dumps(ocsf_document(told, addresses, detail))
        case MessageFormat.JSON:
            return orjson.dumps(told_document(told, addresses, detail))
