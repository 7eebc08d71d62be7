"""Checks of the HTTP interface: who can reach it, and is the service well that answers there."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import closing

from fluxhound.cli.checks.check import Check, fail, good, warn
from fluxhound.cli.checks.reach import WAIT_S
from fluxhound.config import Settings
from fluxhound.errors import ConfigurationError
from fluxhound.service.web.guard import is_loopback
from fluxhound.service.web.server import UNIX, bound, host_and_port

#: Longest answer of /readyz that is read; there are reasons for at most some hundred inputs.
LONGEST = 1 << 18


def interface_checks(settings: Settings) -> Iterator[Check]:
    """Yield the checks of where the interface listens."""
    listen = settings.service.listen
    if listen == "none":
        yield good("listen", "none; there is no HTTP interface")
        return
    if listen.startswith(UNIX):  # binding it here would leave a file
        yield good("listen", listen)
        return
    yield from _address(listen)
    yield from _exposure(listen)


def _address(listen: str) -> Iterator[Check]:
    try:
        bound(listen).close()
    except ConfigurationError as error:
        yield from _taken(listen, str(error))
    else:
        yield good("listen", f"{listen}, free")


def _taken(listen: str, why: str) -> Iterator[Check]:
    """Yield what answers at an address that is not free."""
    found = readiness(*host_and_port(listen))
    if found is None:
        yield fail("listen", f"{listen}, not free", why)
        return
    yield good("listen", f"{listen}, a service answers")
    ready, reasons = found
    if ready:
        yield good("service", "ready")
    else:
        yield fail("service", "not ready", " ".join(reasons) or "Look at its log.")


def readiness(host: str, port: int) -> tuple[bool, list[str]] | None:
    """Ask a service whether it is ready, and why not; ``None`` if what answers is none."""
    with closing(http.client.HTTPConnection(host, port, timeout=WAIT_S)) as connection:
        try:
            connection.request("GET", "/readyz", headers={"Host": "localhost"})
            content = json.loads(connection.getresponse().read(LONGEST))
            return bool(content["ready"]), [str(reason) for reason in content["reasons"]]
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
            return None


def _exposure(listen: str) -> Iterator[Check]:
    host, _ = host_and_port(listen)
    if not is_loopback(host):
        advice = "Tokens would cross the network in the clear: put a proxy with TLS before it."
        yield warn("reach", f"{listen} can be reached from other machines", advice)
