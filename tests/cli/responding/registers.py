"""What the tests of ``fluxhound respond`` share."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Fluxhound = Callable[..., tuple[int, str, str]]
SINKHOLE = ("--mode", "sinkhole", "--sinkhole", "192.0.2.66")


def lines(out: str) -> list[dict[str, Any]]:
    """Return the documents of an output in JSON lines."""
    return [json.loads(line) for line in out.splitlines()]


def listed(fluxhound: Fluxhound, store: str, *more: str) -> list[tuple[str, str]]:
    """Return the subjects in the register, and the state of each."""
    found = lines(fluxhound("respond", "list", "--store", store, *more)[1])
    return [(each["subject"], each["state"]) for each in found]
