"""Asking a running service: one request at a time, bounded, its answer checked."""

from __future__ import annotations

import http.client
import ipaddress
import json
import math
import ssl
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

from fluxhound.errors import StoreError, UsageError
from fluxhound.history.whoasked import Asker, WhoAsked

PATH = "/api/v1/clients"
TIMEOUT_S = 30.0
#: An answer has 10,000 clients at most, each with 20 names. Chosen, not measured.
LARGEST_ANSWER = 64 << 20
_LARGEST_TOKEN = 4096
_OK = 200


def read_token(path: Path) -> str:
    """Return the token in *path*, its first line.

    Raises:
        UsageError: the file cannot be read, or holds no token.
    """
    try:
        with path.open("rb") as file:
            lines = file.read(_LARGEST_TOKEN).decode("ascii").split()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise UsageError(f"{path}: the token cannot be read ({reason}).") from error
    if not lines or not lines[0].isprintable():
        raise UsageError(f"{path}: the file holds no token.")
    return lines[0]


def ask_service(url: str, token: str, name: str, *, since: datetime | None) -> WhoAsked:
    """Return what the service at *url* says of who asked for *name*.

    Raises:
        UsageError: the URL is none, or would send the token in clear over a network.
        StoreError: the service cannot be reached, refuses, or answers something else.
    """
    query = {"name": name} | ({"since": since.isoformat()} if since else {})
    found = _parsed(call(url, token, f"{PATH}?{urlencode(query)}"))
    if found is None:
        raise no_answer(url)
    return found


def call(
    url: str,
    token: str,
    path: str,
    *,
    document: object = None,
    timeout_s: float = TIMEOUT_S,
    accept: str = "application/json",
) -> bytes:
    """Return the answer of the service at *url*; a *document* is posted to it.

    Raises:
        UsageError: the URL is none, or would send the token in clear over a network.
        StoreError: the service cannot be reached, or refuses.
    """
    target = _target(url)
    whole = f"{target.path.rstrip('/')}{path}"
    content = None if document is None else json.dumps(document).encode()
    try:
        status, body = _ask(target, whole, token, content, timeout_s=timeout_s, accept=accept)
    except (OSError, http.client.HTTPException) as error:
        raise StoreError(
            f"{url}: the service cannot be asked ({error}). Check the address and that it runs."
        ) from error
    if status != _OK:
        raise StoreError(f"{url}: the service refuses with status {status}. {_detail(body)}")
    return body


def no_answer(url: str) -> StoreError:
    """Return the error of an answer that has not the shape that was agreed on."""
    return StoreError(f"{url}: this is no answer of Fluxhound's service. Check the address.")


def _target(url: str) -> SplitResult:
    try:
        target = urlsplit(url)
        host, _ = target.hostname, target.port
    except ValueError as error:
        raise UsageError(f"--url {url!r} is no address ({error}).") from error
    if target.scheme not in ("http", "https") or not host or target.query or target.fragment:
        raise UsageError(f"--url {url!r} is no address; write https://HOST:PORT.")
    if target.scheme == "http" and not _is_loopback(host):
        raise UsageError(
            f"--url {url!r} would send the token over the network in clear. Write https://, or "
            "ask on the machine of the service."
        )
    return target


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _ask(
    target: SplitResult,
    path: str,
    token: str,
    content: bytes | None,
    *,
    timeout_s: float,
    accept: str,
) -> tuple[int, bytes]:
    """Return status and body; redirections are not followed, they would carry the token away."""
    host = target.hostname or ""
    connection = (
        http.client.HTTPSConnection(
            host, target.port, timeout=timeout_s, context=ssl.create_default_context()
        )
        if target.scheme == "https"
        else http.client.HTTPConnection(host, target.port, timeout=timeout_s)
    )
    try:
        headers = {"Authorization": f"Bearer {token}", "Accept": accept}
        if content is not None:
            headers["Content-Type"] = "application/json"
        method = "GET" if content is None else "POST"
        connection.request(method, path, body=content, headers=headers)
        answer = connection.getresponse()
        body = answer.read(LARGEST_ANSWER + 1)
        if len(body) > LARGEST_ANSWER:
            raise http.client.HTTPException("the answer is too long")
        return answer.status, body
    finally:
        connection.close()


def _detail(body: bytes) -> str:
    """Return what the service says about a refusal (RFC 9457), in a short text."""
    document = _json(body)
    detail = document.get("detail") if isinstance(document, dict) else None
    return detail[:300] if isinstance(detail, str) else "Check the token and its rights."


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _parsed(body: bytes) -> WhoAsked | None:
    """Return the answer, or ``None`` if it has not the shape that was agreed on."""
    match _json(body):
        case {"name": str(name), "clients": list(clients), "capped": bool(capped), **rest}:
            askers = [_asker(each) for each in clients]
            count = rest.get("count")
            known = [each for each in askers if each is not None]
            if len(known) < len(askers):
                return None
            total = count if isinstance(count, int) else sum(each.count or 0 for each in known)
            return WhoAsked(name=name, clients=tuple(known), capped=capped, count=total)
    return None


def _asker(document: object) -> Asker | None:
    match document:
        case {"client": str(client), "names": list(names), **rest}:
            count = rest.get("count")
            if all(isinstance(each, str) for each in names) and isinstance(count, int | None):
                return Asker(
                    client=client,
                    first=_seconds(rest.get("first")),
                    last=_seconds(rest.get("last")),
                    count=count,
                    names=tuple(names),
                )
    return None


def _seconds(text: object) -> float | None:
    try:
        seconds = datetime.fromisoformat(text).timestamp() if isinstance(text, str) else math.nan
    except (ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) else None
