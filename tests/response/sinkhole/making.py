"""Visits made up for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fluxhound.response.sinkhole.hello import Hello
from fluxhound.response.sinkhole.limits import Limits
from fluxhound.response.sinkhole.protocols import Protocol
from fluxhound.response.sinkhole.request import Request
from fluxhound.response.sinkhole.tallies import Tallies
from fluxhound.response.sinkhole.visit import End, Visit
from fluxhound.response.sinkhole.visits import VisitStore

#: 2027-01-15 08:00 UTC, the beginning of an hour.
NOW = 1_800_000_000.0


class Clock:
    """A time that stands until it is moved."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def visit(client: str = "10.0.0.7", at: float = 0.0, **more: Any) -> Visit:
    """Make a visit of *client*, *at* seconds from NOW, to 198.51.100.1 port 80."""
    given = {"client_port": 40_000, "address": "198.51.100.1", "port": 80, **more}
    return Visit(time=NOW + at, client=client, **given)


def asking(
    name: str,
    client: str = "10.0.0.7",
    at: float = 0.0,
    *,
    path: str = "/",
    agent: str = "bot/1",
    method: str = "GET",
    **more: Any,
) -> Visit:
    """Make a visit over HTTP that wants *name*."""
    request = Request(
        method=method.encode(),
        target=path.encode(),
        host=name.encode(),
        agent=agent.encode(),
        complete=True,
    )
    given = {"protocol": Protocol.HTTP, "end": End.ANSWERED, "octets": 100, **more}
    return visit(client, at, request=request, **given)


def greeting(name: str, client: str = "10.0.0.7", at: float = 0.0, **more: Any) -> Visit:
    """Make a visit over TLS that wants *name* and refuses our certificate."""
    hello = Hello(version=0x0303, ciphers=(0x1301,), extensions=(0, 43), server_name=name.encode())
    given = {"protocol": Protocol.TLS, "end": End.NO_HANDSHAKE, "port": 443, "hello": hello, **more}
    return visit(client, at, **given)


def stored(path: Path, *visits: Visit, limits: Limits | None = None) -> Path:
    """Write *visits* to a store."""
    tallies = Tallies(limits or Limits())
    for each in visits:
        tallies.add(each)
    with VisitStore(path) as store:
        store.add(tallies.rows())
    return path
