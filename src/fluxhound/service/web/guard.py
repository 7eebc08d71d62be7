"""Before any route: is the request meant for us (DNS rebinding), and what every answer carries."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fluxhound.service.web.problems import Problem, response

#: Longest path with its query; a name has 1,024 characters, which may be escaped threefold.
LONGEST_TARGET = 8192
#: No page of ours loads anything; the page of a finding allows its own style in place of this.
POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-real-ip")


class Guard:
    """ASGI middleware: refuses foreign ``Host`` headers on loopback, adds the security headers."""

    def __init__(self, app: ASGIApp, *, loopback: bool, hosts: frozenset[str]) -> None:
        self._app = app
        self._loopback = loopback
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        problem = self._refusal(scope)
        app = self._app if problem is None else response(problem)
        await app(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> Problem | None:
        if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_TARGET:
            return Problem(414, "The address of the page is too long.")
        named = [value for name, value in scope["headers"] if name == b"host"]
        if len(named) != 1:
            return Problem(400, "Name the host once.")
        host = host_of(named[0].decode("latin-1"))
        if self._loopback and host not in self._hosts and not is_loopback(host):
            return Problem(421, "This host is not served here; use localhost, or set link.")
        return None


def host_of(header: str) -> str:
    """Return the host of a ``Host`` header: without its port, in lower case, no brackets.

    >>> host_of("[::1]:8053"), host_of("LocalHost:80"), host_of("127.0.0.1")
    ('::1', 'localhost', '127.0.0.1')
    """
    host = header.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].rstrip(".")


def is_loopback(host: str) -> bool:
    """Tell whether *host* is this machine by an address or name that DNS cannot change."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_local_peer(scope: Scope) -> bool:
    """Tell whether a process of this machine asks for itself, not for others as a proxy."""
    if any(name in _FORWARDED for name, _ in scope["headers"]):
        return False
    peer = scope.get("client")
    return peer is None or is_loopback(peer[0])  # None: over the socket file
