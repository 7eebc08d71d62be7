"""Alerts as signed HTTP POST requests, by the Standard Webhooks specification 1.0."""

from __future__ import annotations

import base64
import contextlib
import email.utils
import hashlib
import hmac
import http.client
import re
import socket
import ssl
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

import fluxhound
from fluxhound.errors import ConfigurationError
from fluxhound.service.alerts.deadline import ended_after
from fluxhound.service.alerts.delivery import DeliveryError, Letter, written
from fluxhound.service.alerts.settings import MessageFormat, WebhookSettings

#: Octets of an answer that are read, and of which a few are shown in an error.
ANSWER_OCTETS, SHOWN_OCTETS = 64 << 10, 200
#: A secret shorter than this is no secret (Standard Webhooks: 24 to 64 octets).
SECRET_OCTETS = 24
#: Statuses that say: not now. All of 5xx are taken for that, too.
LATER = frozenset({408, 425, 429})
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SECRET_PREFIX = b"whsec_"


class Webhook:
    """Posts one alert at a time; a new connection for each, for there are few."""

    batch = 1

    def __init__(self, settings: WebhookSettings) -> None:
        """Take URL and secret; nothing is connected to yet.

        Raises:
            ConfigurationError: the URL or the secret is not usable, or it is not HTTPS.
        """
        self._settings = settings
        self._url = _checked(settings)
        self._key = key_of(settings.secret)
        if len(self._key) < SECRET_OCTETS:
            raise ConfigurationError(
                f"{settings.name}: the secret is too short. Make one with: openssl rand -base64 32"
            )
        self._context = _context(settings) if self._url.scheme == "https" else None

    def deliver(self, letters: Sequence[Letter], *, now: float) -> None:
        """Post *letters* one by one; the time in the signature is *now*.

        Raises:
            DeliveryError: an answer was no success, or there was none.
        """
        for letter in letters:
            body = written(letter, self._settings.format)
            status, wish, shown = self._posted(body, self._headers(letter.told.id, body, now))
            if not 200 <= status < 300:  # noqa: PLR2004 - success, RFC 9110 section 15.3
                later = status in LATER or status >= 500  # noqa: PLR2004 - the server's fault
                raise DeliveryError(
                    f"{self._where()}: the answer was {status} {shown}".rstrip(),
                    permanent=not later,
                    after_s=wait_s(wish, now) if later else None,
                )

    def close(self) -> None:
        """Do nothing: no connection is kept."""

    def _where(self) -> str:
        """Return where to, without path and query: they may hold a secret."""
        return f"webhook {self._url.scheme}://{self._url.netloc.rpartition('@')[2]}"

    def _headers(self, identifier: str, body: bytes, now: float) -> dict[str, str]:
        json = self._settings.format not in {MessageFormat.CEF, MessageFormat.LEEF}
        moment = str(int(now))
        return {
            "Content-Type": "application/json" if json else "text/plain; charset=utf-8",
            "User-Agent": f"fluxhound/{fluxhound.__version__}",
            "Connection": "close",
            "webhook-id": re.sub(r"[^!-~]", "", identifier),
            "webhook-timestamp": moment,
            "webhook-signature": signature(self._key, identifier, moment, body),
        }

    def _posted(self, body: bytes, headers: dict[str, str]) -> tuple[int, str, str]:
        """Return status, Retry-After and the begin of the answer. Redirects are not followed."""
        connection = self._connection()
        target = self._url.path or "/"
        if self._url.query:
            target += f"?{self._url.query}"

        def current() -> socket.socket | None:
            return connection.sock

        try:
            with ended_after(3 * self._settings.timeout_s, current):
                connection.request("POST", target, body=body, headers=headers)
                answer = connection.getresponse()
                said = answer.read(ANSWER_OCTETS)
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise DeliveryError(f"{self._where()}: {error!r}") from error
        finally:
            with contextlib.suppress(OSError):
                connection.close()
        shown = re.sub(r"[^ -~]+", " ", said[:SHOWN_OCTETS].decode("ascii", "replace")).strip()
        return answer.status, answer.getheader("Retry-After", ""), shown

    def _connection(self) -> http.client.HTTPConnection:
        host, wait = self._url.hostname or "", self._settings.timeout_s
        if self._context is None:
            return http.client.HTTPConnection(host, self._url.port, timeout=wait)
        return http.client.HTTPSConnection(
            host, self._url.port, timeout=wait, context=self._context
        )


def signature(key: bytes, identifier: str, moment: str, body: bytes) -> str:
    """Return the signature header: HMAC-SHA-256 over identifier, time and body.

    >>> signature(b"k" * 24, "id", "1700000000", b"{}")
    'v1,EcxYXiDVr2VuXeVHfFyZsMzvN9NE/BnUGBKATr4JDY8='
    """
    signed = b".".join((re.sub(r"[^!-~]", "", identifier).encode(), moment.encode(), body))
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def key_of(secret: bytes) -> bytes:
    """Return the key: what follows ``whsec_`` in base64, or else the octets as they are.

    >>> key_of(b"whsec_c2VjcmV0"), key_of(b"secret")
    (b'secret', b'secret')
    """
    text = secret.strip()
    if not text.startswith(SECRET_PREFIX):
        return text
    try:
        return base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError as error:
        raise ConfigurationError("A webhook secret with whsec_ is not base64.") from error


def wait_s(wish: str, now: float) -> float | None:
    """Return the seconds that a Retry-After header asks for (RFC 9110 section 10.2.3).

    >>> wait_s("120", 0.0), wait_s("Thu, 01 Jan 1970 00:01:00 GMT", 20.0), wait_s("soon", 0.0)
    (120.0, 40.0, None)
    """
    if re.fullmatch(r"[0-9]{1,9}", wish.strip()):
        return float(wish)
    try:
        return max(email.utils.parsedate_to_datetime(wish).timestamp() - now, 0.0)
    except (ValueError, OverflowError, TypeError):
        return None


def _checked(settings: WebhookSettings) -> SplitResult:
    try:
        url = urlsplit(settings.url)
        host, _ = url.hostname, url.port
    except ValueError as error:
        raise _unusable(settings) from error
    secure = url.scheme == "https" or (url.scheme == "http" and host in LOOPBACK)
    if not host or not secure or not re.fullmatch(r"[!-~]+", settings.url) or "@" in url.netloc:
        raise _unusable(settings)
    return url


def _unusable(settings: WebhookSettings) -> ConfigurationError:
    return ConfigurationError(
        f"{settings.name}: the URL is not usable. Write https://host/path, without a user; http:// "
        "is for this machine (localhost) only."
    )


def _context(settings: WebhookSettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"{settings.name}: {settings.ca_file} is not usable as certificates of authorities "
            f"({error}). Name a PEM file."
        ) from error
