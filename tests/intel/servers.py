"""Real HTTP servers for tests of fetching, on the loopback and on free ports."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(slots=True)
class Reply:
    """What a server says to one request."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Request:
    """What a server was asked."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


Answering = Callable[[Request], Reply]


@dataclass(slots=True)
class Server:
    """A server that runs: its address, and what it was asked so far."""

    url: str
    port: int
    requests: list[Request]


def handler(answer: Answering, requests: list[Request]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            place = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(
                self.command, place.path, place.query, headers, self.rfile.read(length)
            )
            requests.append(request)
            reply = answer(request)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if "Content-Length" not in reply.headers:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            try:
                self.wfile.write(reply.body)
            except (BrokenPipeError, ConnectionResetError):
                return

        do_GET = do_POST = _serve  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            return

    return Handler


@contextmanager
def serving(answer: Answering, certificate: Path | None = None) -> Iterator[Server]:
    """Serve *answer* on a free port, encrypted if a *certificate* (with its key) is given."""
    requests: list[Request] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(answer, requests))
    server.daemon_threads = True
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    scheme = "https" if certificate else "http"
    port = server.server_address[1]
    try:
        yield Server(f"{scheme}://127.0.0.1:{port}", port, requests)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def make_certificate(folder: Path, name: str = "feeds.example") -> Path:
    """Return a file with a key and a certificate for *name* that it signed itself."""
    key, certificate, both = (folder / f"{name}{end}" for end in (".key", ".crt", ".pem"))
    command = (
        f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={name} "
        f"-addext subjectAltName=DNS:{name} -keyout {key} -out {certificate}"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    return both
