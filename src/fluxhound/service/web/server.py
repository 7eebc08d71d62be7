"""The web server in a thread of its own: listens, serves, and stops when told."""

from __future__ import annotations

import asyncio
import socket
import stat
import threading
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from fluxhound.errors import ConfigurationError
from fluxhound.service.web.access import Doorkeeper
from fluxhound.service.web.app import application
from fluxhound.service.web.backend import Backend
from fluxhound.service.web.body import Limits
from fluxhound.service.web.guard import is_loopback
from fluxhound.service.web.tokens import Tokens

UNIX = "unix:"
#: Connections at once; more are told to come back. Chosen, not measured.
MOST_CONNECTIONS = 128
#: Seconds for the head of a request, and between two requests of a connection.
HEAD_S, IDLE_S = 10.0, 5
#: Seconds that running requests get when the service stops.
GRACE_S = 3
LONGEST_HEAD = 32 << 10
START_S = 10.0
_SOCKET_MODE = 0o660


class WebServer:
    """Serves *backend* at *listen*: "127.0.0.1:8053", "[::1]:8053", or "unix:/path/of.sock"."""

    def __init__(
        self,
        backend: Backend,
        tokens: Tokens,
        *,
        listen: str,
        hosts: frozenset[str] = frozenset(),
        limits: Limits | None = None,
    ) -> None:
        self._listen = listen
        self._door = Doorkeeper(tokens)
        local = listen.startswith(UNIX) or is_loopback(host_and_port(listen)[0])
        self._app = application(
            backend,
            self._door,
            loopback=local and not listen.startswith(UNIX),
            hosts=frozenset(host.lower() for host in hosts),
            limits=limits,
        )
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._socket: socket.socket | None = None

    def start(self) -> None:
        """Listen and serve; return when requests are taken.

        Raises:
            ConfigurationError: the address cannot be listened on.
        """
        self._socket = bound(self._listen)
        self._server = _Server(_settings(self._app.asgi))
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)
        self._thread.start()
        self._server.begun.wait(START_S)

    @property
    def address(self) -> str:
        """Return where it listens: "http://127.0.0.1:8053", or the path of its socket."""
        if self._socket is None or self._listen.startswith(UNIX):
            return self._listen
        host, port = self._socket.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def renew(self, tokens: Tokens) -> None:
        """Take other tokens from now on."""
        self._door.tokens = tokens

    def stop(self) -> None:
        """Stop listening, let running requests end for some seconds, and close."""
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = True
        self._thread.join(GRACE_S + 5)
        self._app.close()
        if self._listen.startswith(UNIX):
            Path(self._listen.removeprefix(UNIX)).unlink(missing_ok=True)
        self._server = self._thread = None

    def _run(self) -> None:
        assert self._server is not None  # noqa: S101 - start made both
        assert self._socket is not None  # noqa: S101
        try:
            asyncio.run(self._server.serve(sockets=[self._socket]))
        finally:
            self._server.begun.set()
            self._socket.close()


class _Server(uvicorn.Server):
    """Tells when it takes requests."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.begun = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.begun.set()


class _Patience(H11Protocol):
    """Closes connections that send no whole head of a request in time (slow senders)."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._late is not None:
            self._late.cancel()
        super().connection_lost(exc)

    def _watch(self, seen: object) -> None:
        """Close if the same idle state was there ``HEAD_S`` ago already."""
        cycle = self.cycle
        idle = cycle is None or cycle.response_complete
        now = (id(cycle), idle)
        if idle and seen == now:
            self.transport.close()
            return
        self._late = self.loop.call_later(HEAD_S / 2, self._watch, now)


def _settings(app: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        http=_Patience,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=IDLE_S,
        timeout_graceful_shutdown=GRACE_S,
        h11_max_incomplete_event_size=LONGEST_HEAD,
    )


def host_and_port(listen: str) -> tuple[str, int]:
    """Return the two parts of "host:port".

    Raises:
        ConfigurationError: it is not in that form.

    >>> host_and_port("[::1]:8053")
    ('::1', 8053)
    """
    host, _, port = listen.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not bare or not (port.isascii() and port.isdecimal()) or int(port[:6]) > 65_535:  # noqa: PLR2004 - the last port
        raise ConfigurationError(
            f'listen = "{listen}": write an address and a port, such as "127.0.0.1:8053".'
        )
    return bare, int(port)


def bound(listen: str) -> socket.socket:
    """Return a socket that is bound, not yet listening.

    Raises:
        ConfigurationError: it cannot be; the message is one sentence and what to do.
    """
    try:
        return (
            _bound_file(Path(listen.removeprefix(UNIX)))
            if listen.startswith(UNIX)
            else _bound_port(*host_and_port(listen))
        )
    except OSError as error:
        raise ConfigurationError(
            f"Cannot listen on {listen} ({error.strerror or error}). Choose another address in "
            "listen of [service], or stop what uses it."
        ) from error


def _bound_port(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
    except OSError:
        made.close()
        raise
    return made


def _bound_file(path: Path) -> socket.socket:
    """Bind a socket file; one that nobody answers at was left by a killed service."""
    if path.exists() and stat.S_ISSOCK(path.stat().st_mode) and not answers(path):
        path.unlink()
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        made.bind(str(path))
        path.chmod(_SOCKET_MODE)
    except OSError:
        made.close()
        raise
    return made


def answers(path: Path) -> bool:
    """Tell whether something listens at a socket file."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True
