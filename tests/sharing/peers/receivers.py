"""Receivers that are not ours: a server that answers as a test says, and keeps what it was sent."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.servers.certificates import Certificate

Reply = tuple[int, Any]


@dataclass
class Heard:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Server:
    address: str = ""
    heard: list[Heard] = field(default_factory=list)


@contextmanager
def server(
    answer: Callable[[Heard], Reply], *, certificate: Certificate | None = None
) -> Iterator[Server]:
    """Serve on a free port of this machine; *answer* gives status and body (JSON or octets)."""
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("content-length", 0))
            octets = self.rfile.read(length)
            heard = Heard(
                method=self.command,
                path=self.path,
                headers={k.lower(): v for k, v in self.headers.items()},
                body=json.loads(octets) if octets else None,
            )
            told.heard.append(heard)
            status, body = answer(heard)
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"{told.address}/elsewhere")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 - the name that the library looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its signature
            """Say nothing."""

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.address = f"http://127.0.0.1:{made.server_port}"
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.certificate, certificate.key)
        made.socket = context.wrap_socket(made.socket, server_side=True)
        told.address = f"https://127.0.0.1:{made.server_port}"
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield told
    finally:
        made.shutdown()
        thread.join()
        made.server_close()


class Misp:
    """Answers as a MISP server does: adds events, knows them, edits them, wants a key."""

    def __init__(self, key: str = "k" * 40) -> None:
        self.key = key
        self.events: dict[str, Any] = {}
        self.refusing = False

    def __call__(self, heard: Heard) -> Reply:
        if heard.headers.get("authorization") != self.key:
            return 403, {"name": "Authentication failed.", "message": "Authentication failed."}
        if self.refusing:
            return 500, {"name": "An Internal Error Has Occurred.", "message": "no\x1b disk"}
        event = heard.body["Event"]
        if heard.path == "/events/add":
            if event["uuid"] in self.events:
                return 403, {
                    "errors": "Event already exists, if you would like to edit it, use edit"
                }
            self.events[event["uuid"]] = event
            return 200, {"Event": event}
        if heard.path == f"/events/edit/{event['uuid']}" and event["uuid"] in self.events:
            self.events[event["uuid"]] = event
            return 200, {"Event": event}
        return 404, {"name": "Not Found"}
