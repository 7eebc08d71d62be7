"""HTTP and HTTPS within bounds: time, size, redirects, and no way into the own network.

The name of a server is resolved once, its addresses are checked, and the connection goes to the
address that was checked: a name that changes its address in between leads nowhere else.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urljoin, urlsplit

from fluxhound import __version__
from fluxhound.enrichment.addresses import keys
from fluxhound.enrichment.special import routable
from fluxhound.errors import UnreadableInputError, UsageError
from fluxhound.intel.reading.form import FEED_BYTES, too_large

#: All chosen: a server that is slower, or sends one further, is not worth waiting for.
TIMEOUT_S = 30.0
WHOLE_S = 600.0
REDIRECTS = 5
PIECE_BYTES = 1 << 16

_SCHEMES = {"http": 80, "https": 443}
_MOVED = frozenset({301, 302, 303, 307, 308})
OK, NOT_MODIFIED = 200, 304

Resolve = Callable[[str, int], list[str]]


class FetchError(UnreadableInputError):
    """The feed could not be fetched. Check its address, and that this host may reach it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far requests go."""

    private: bool = False  # whether servers may be at private addresses
    proxy: str = ""  # "http://host:port"; it then resolves names
    ca_file: str = ""
    timeout: float = TIMEOUT_S
    whole: float = WHOLE_S
    limit_bytes: int = FEED_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server said."""

    status: int
    url: str  # where it came from in the end
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case


def resolved(host: str, port: int) -> list[str]:
    """Return the addresses of a host.

    Raises:
        OSError: there is none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def fetch(
    url: str,
    *,
    reach: Reach | None = None,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    resolve: Resolve = resolved,
    clock: Callable[[], float] = time.monotonic,
) -> Answer:
    """Return the answer to a request, redirects followed; *body* makes it a POST.

    Headers that carry a secret ("authorization") are not sent on to another host.

    Raises:
        FetchError: no answer, or one that must not be used; the message is one sentence.
        UnreadableInputError: the answer is too large.
    """
    reach = reach or Reach()
    sent = {"User-Agent": f"fluxhound/{__version__}", "Accept-Encoding": "identity"}
    sent |= dict(headers or {})
    deadline = clock() + reach.whole
    for _ in range(REDIRECTS + 1):
        place = _checked(url)
        answer = _ask(place, reach, sent, body, resolve, lambda: deadline - clock())
        if answer.status not in _MOVED:
            return answer
        there = urljoin(url, answer.headers.get("location", ""))
        sent, body = _onward(place, _redirected(place, there), sent, body, answer.status)
        url = there
    raise FetchError(f"{url}: more than {REDIRECTS} redirects.")


def _checked(url: str) -> SplitResult:
    try:
        place = urlsplit(url)
        port = place.port
    except ValueError as error:
        raise UsageError(f"{url!r} is no address of a feed ({error}).") from error
    if place.scheme not in _SCHEMES or not place.hostname or port == 0:
        raise UsageError(f"{url!r} is no address of a feed: write http:// or https:// and a host.")
    return place


def _redirected(place: SplitResult, there: str) -> SplitResult:
    """Return where a redirect leads: never to another scheme but from http to https."""
    try:
        target = _checked(there)
    except UsageError as error:
        raise FetchError(f"{place.geturl()}: redirected to {there!r}, which is refused.") from error
    if (place.scheme, target.scheme) == ("https", "http"):
        raise FetchError(f"{place.geturl()}: redirected from https to http, which is refused.")
    return target


def _onward(
    place: SplitResult,
    target: SplitResult,
    sent: dict[str, str],
    body: bytes | None,
    status: int,
) -> tuple[dict[str, str], bytes | None]:
    same = (place.scheme, place.netloc) == (target.scheme, target.netloc)
    kept = sent if same else {k: v for k, v in sent.items() if k.lower() != "authorization"}
    return kept, body if status in {307, 308} else None


def _ask(
    place: SplitResult,
    reach: Reach,
    headers: Mapping[str, str],
    body: bytes | None,
    resolve: Resolve,
    left: Callable[[], float],
) -> Answer:
    url = place.geturl()
    try:
        connection = _connection(place, reach, resolve)
        target = url if reach.proxy and place.scheme == "http" else _path(place)
        # Reading has its timeouts, but a server may send its headers byte by byte.
        watch = threading.Timer(max(left(), 0.0), _give_up, (connection,))
        watch.daemon = True
        watch.start()
        try:
            connection.request("POST" if body is not None else "GET", target, body, dict(headers))
            response = connection.getresponse()
            content = b"".join(_pieces(response, url, reach, left))
        finally:
            watch.cancel()
            connection.close()
    except ssl.SSLCertVerificationError as error:
        raise FetchError(
            f"{url}: the server's certificate is not trusted ({error.verify_message}). Give its "
            "authority with --ca-file if you trust it."
        ) from error
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        if left() < 0:
            raise _too_slow(url, reach) from error
        reason = getattr(error, "strerror", None) or error or type(error).__name__
        raise FetchError(f"{url}: no answer ({reason}).") from error
    if left() < 0:  # what was given up ends like what is whole
        raise _too_slow(url, reach)
    told = {name.lower(): value for name, value in response.getheaders()}
    return Answer(status=response.status, url=url, body=content, headers=told)


def _give_up(connection: http.client.HTTPConnection) -> None:
    """End a connection that takes too long, from another thread."""
    plain = connection.sock
    if plain is not None:
        with contextlib.suppress(OSError):  # it has just ended
            plain.shutdown(socket.SHUT_RDWR)


def _too_slow(url: str, reach: Reach) -> FetchError:
    return FetchError(f"{url}: not whole after {reach.whole:.0f} seconds.")


def _path(place: SplitResult) -> str:
    return (place.path or "/") + (f"?{place.query}" if place.query else "")


def _pieces(
    response: http.client.HTTPResponse, url: str, reach: Reach, left: Callable[[], float]
) -> Iterator[bytes]:
    length, announced = 0, response.length
    while piece := response.read1(PIECE_BYTES):
        length += len(piece)
        if length > reach.limit_bytes:
            raise too_large(url, reach.limit_bytes)
        if left() < 0:
            raise _too_slow(url, reach)
        yield piece
    if announced is not None and length < announced:
        raise FetchError(f"{url}: cut short after {length:,} of {announced:,} bytes.")


def _connection(place: SplitResult, reach: Reach, resolve: Resolve) -> http.client.HTTPConnection:
    host, port = place.hostname or "", place.port or _SCHEMES[place.scheme]
    context = _context(reach) if place.scheme == "https" else None
    if reach.proxy:
        return _through_proxy(host, port, context, reach)
    address = _allowed(host, resolve(host, port), reach)
    return _Pinned(host, port, address, context, reach.timeout)


def _context(reach: Reach) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=reach.ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(
            f"{reach.ca_file}: not usable as a list of authorities ({error})."
        ) from error


def _allowed(host: str, addresses: list[str], reach: Reach) -> str:
    """Return the address to connect to: the first, if all of them may be reached."""
    plain = [address.partition("%")[0] for address in addresses]
    if not plain or not (reach.private or bool(routable(keys(plain)).all())):
        raise FetchError(
            f"{host}: at a private or reserved address, which a feed's server should not be. Allow "
            "it with --private if it is yours."
        )
    return plain[0]


def _through_proxy(
    host: str, port: int, context: ssl.SSLContext | None, reach: Reach
) -> http.client.HTTPConnection:
    proxy = _checked(reach.proxy)
    there = proxy.hostname or "", proxy.port or _SCHEMES[proxy.scheme]
    if context is None:
        return http.client.HTTPConnection(*there, timeout=reach.timeout)
    connection = http.client.HTTPSConnection(*there, timeout=reach.timeout, context=context)
    connection.set_tunnel(host, port)
    return connection


class _Pinned(http.client.HTTPConnection):
    """A connection to a checked address, under the server's name."""

    def __init__(
        self, host: str, port: int, address: str, context: ssl.SSLContext | None, timeout: float
    ) -> None:
        super().__init__(host, port, timeout=timeout)
        self.default_port = _SCHEMES["https" if context else "http"]
        self._address = address
        self._context = context

    def connect(self) -> None:
        """Connect, and agree on encryption where it is wanted."""
        plain = socket.create_connection((self._address, self.port), self.timeout)
        if self._context is None:
            self.sock = plain
            return
        try:
            self.sock = self._context.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise
