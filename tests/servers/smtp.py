"""A real SMTP server (aiosmtpd) on the loopback address, which keeps what it gets."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


@dataclass
class Postbox:
    """Keeps mails, or refuses them."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    octets: list[bytes] = field(default_factory=list)
    refusal: str = ""
    refused: tuple[str, ...] = ()

    async def handle_RCPT(  # noqa: N802 - the server's name for it
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address in self.refused:
            return "550 5.1.1 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refusal:
            return self.refusal
        self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
        self.octets.append(envelope.original_content)
        mail = message_from_bytes(envelope.original_content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"


def free_port() -> int:
    """Return a port of this machine on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@contextmanager
def smtp(
    context: ssl.SSLContext | None = None,
    *,
    implicit: bool = False,
    login: tuple[str, str] | None = None,
) -> Iterator[Postbox]:
    """Run the server; with a *context* it offers STARTTLS, or speaks TLS from the start."""

    def allow(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
        offered = (given.login.decode(), given.password.decode())
        return AuthResult(success=offered == login, handled=False)

    box = Postbox()
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=free_port(),
        ssl_context=context if implicit else None,
        tls_context=None if implicit else context,
        require_starttls=context is not None and not implicit,
        auth_required=login is not None,
        authenticator=allow if login else None,
        auth_require_tls=not implicit,
    )
    controller.start()
    try:
        box.port = controller.port
        yield box
    finally:
        controller.stop()
