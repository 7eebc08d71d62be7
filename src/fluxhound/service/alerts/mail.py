"""Alerts by mail: what is due at once goes into one message (RFC 5321, 5322, 8314, 3834)."""

from __future__ import annotations

import contextlib
import logging
import re
import smtplib
import socket
import ssl
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from fluxhound.errors import ConfigurationError
from fluxhound.records import SEVERITIES, Alert, AlertKind, Evidence
from fluxhound.service.alerts.deadline import ended_after
from fluxhound.service.alerts.delivery import DeliveryError, Letter
from fluxhound.service.alerts.ledger import NAMESPACE
from fluxhound.service.alerts.settings import Endpoint, MailSettings
from fluxhound.sharing import headline
from fluxhound.sharing.defang import defang
from fluxhound.sharing.document import valid
from fluxhound.sharing.headline import DETAILS
from fluxhound.sharing.sentences import action_sentence

log = logging.getLogger(__name__)

TRANSPORTS = frozenset({"smtp", "smtp+starttls", "smtps"})
#: Strict on purpose: what is no plain address could smuggle in another header or command.
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
SUBJECT_LENGTH = 120
#: Lines may be this long (RFC 5322 section 2.1.1); no header of ours is folded.
POLICY = SMTP.clone(max_line_length=998)


class Mail:
    """Sends one mail for each batch; a new connection for each, for there are few."""

    batch = 50

    def __init__(self, settings: MailSettings) -> None:
        """Take the settings; nothing is connected to yet.

        Raises:
            ConfigurationError: an address is none, or a password would go over the net readably.
        """
        wrong = [
            text for text in (settings.sender, *settings.recipients) if not ADDRESS.fullmatch(text)
        ]
        if wrong or not settings.recipients or settings.endpoint.transport not in TRANSPORTS:
            raise ConfigurationError(
                f"{settings.name}: mail needs from, to (plain addresses, as soc@example.org) and "
                f"smtp:// (readable), smtp+starttls:// or smtps://. {'Wrong: ' if wrong else ''}"
                f"{', '.join(map(repr, wrong))}"
            )
        secure = settings.endpoint.transport != "smtp"
        if settings.user and not secure:
            raise ConfigurationError(
                f"{settings.name}: a password is not sent over smtp://. Use smtp+starttls://."
            )
        self._settings = settings
        self._context = _context(settings) if secure else None

    def deliver(self, letters: Sequence[Letter], *, now: float) -> None:
        """Send one mail about all *letters*.

        Raises:
            DeliveryError: the server did not take it.
        """
        message = mail_of(letters, self._settings, now=now)
        sessions: list[smtplib.SMTP] = []

        def current() -> socket.socket | None:
            return sessions[0].sock if sessions else None

        try:
            with (
                ended_after(4 * self._settings.timeout_s, current),
                self._connected(sessions) as session,
            ):
                refused = self._handed_over(session, message)
        except (OSError, ValueError, smtplib.SMTPException) as error:
            raise DeliveryError(f"{self._where()}: {_said(error)}") from error
        if refused:  # the server took it for the others, who must not get it again and again
            log.error("%s takes no mail for %s", self._where(), ", ".join(sorted(refused)))

    def close(self) -> None:
        """Do nothing: no connection is kept."""

    def _where(self) -> str:
        end = self._settings.endpoint
        return f"mail {end.transport}://{end.host}:{end.port}"

    def _connected(self, sessions: list[smtplib.SMTP]) -> smtplib.SMTP:
        end, wait = self._settings.endpoint, self._settings.timeout_s
        if self._context is not None and end.transport == "smtps":
            return _Secure(sessions, end, wait, self._context)
        return _Plain(sessions, end, wait)

    def _handed_over(self, session: smtplib.SMTP, message: EmailMessage) -> set[str]:
        if self._settings.endpoint.transport == "smtp+starttls":
            session.starttls(context=self._context)  # raises where it is not offered
        if self._settings.user:
            session.login(self._settings.user, self._settings.password)
        return set(session.send_message(message))


class _Plain(smtplib.SMTP):
    """A session that is known before it connects, so that it can be ended from outside."""

    def __init__(self, known: list[smtplib.SMTP], end: Endpoint, timeout_s: float) -> None:
        known.append(self)
        super().__init__(end.host, end.port, socket.gethostname(), timeout=timeout_s)


class _Secure(smtplib.SMTP_SSL):
    """The same over TLS from the first octet on."""

    def __init__(
        self,
        known: list[smtplib.SMTP],
        end: Endpoint,
        timeout_s: float,
        context: ssl.SSLContext,
    ) -> None:
        known.append(self)
        name = socket.gethostname()
        super().__init__(end.host, end.port, name, timeout=timeout_s, context=context)


def mail_of(letters: Sequence[Letter], settings: MailSettings, *, now: float) -> EmailMessage:
    """Return one mail about all *letters*: plain text, names in a form that is no link."""
    message = EmailMessage(policy=POLICY)
    told = "\n".join(valid(letter.told.id) for letter in letters)
    identifier = uuid.uuid5(NAMESPACE, told)
    message["From"] = settings.sender
    message["To"] = ", ".join(settings.recipients)
    message["Subject"] = _subject(letters)
    message["Date"] = format_datetime(datetime.fromtimestamp(now, UTC))
    message["Message-ID"] = f"<{identifier}@{settings.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    text = "\n\n".join(_paragraph(letter) for letter in letters) + "\n"
    message.set_content(text, cte="quoted-printable")  # every server takes it
    return message


def _subject(letters: Sequence[Letter]) -> str:
    alerts = [letter.told for letter in letters if isinstance(letter.told, Alert)]
    if not alerts:
        return "[fluxhound] alerts are held back"
    worst = max(alerts, key=lambda alert: SEVERITIES.index(alert.finding.severity))
    title = headline.plain(f"{headline.rule(worst)[1]} {worst.kind.value}", SUBJECT_LENGTH)
    name = headline.plain(defang(worst.finding.name), SUBJECT_LENGTH - len(title))
    more = f" and {len(letters) - 1} more" if len(letters) > 1 else ""
    return f"[fluxhound] {worst.finding.severity.value}: {title}: {name}{more}"


def _paragraph(letter: Letter) -> str:
    told = letter.told
    if not isinstance(told, Alert):
        return headline.held_back_sentence(told)
    finding, detail = told.finding, DETAILS[1]
    shown = headline.plain(defang(finding.name), 300)
    clients = "not observable here" if told.clients is None else str(told.clients)
    lines = [
        f"{headline.rule(told)[1]} {told.kind.value}: {shown} ({finding.severity.value})",
        headline.reason(told, detail),
        *(f"  for:     {headline.plain(item.text, 200)}" for item in _weighed(told, for_=True)),
        *(f"  against: {headline.plain(item.text, 200)}" for item in _weighed(told, for_=False)),
        f"Clients that asked: {clients}",
        "" if told.kind is AlertKind.ENDED else action_sentence(finding),
        headline.plain(told.link, 2000),
        f"Identifier: {headline.plain(told.id, 64)}",
    ]
    return "\n".join(line for line in lines if line)


def _weighed(alert: Alert, *, for_: bool) -> Sequence[Evidence]:
    return headline.strongest(alert.finding, DETAILS[1], supports=for_)


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        text = said.decode("ascii", "replace") if isinstance(said, bytes) else str(said)
        return headline.plain(f"{error.smtp_code} {text}", 300)
    return headline.plain(str(error) or repr(error), 300)


def _context(settings: MailSettings) -> ssl.SSLContext:
    with contextlib.suppress(OSError):
        return ssl.create_default_context(cafile=settings.ca_file)
    raise ConfigurationError(
        f"{settings.name}: {settings.ca_file} is not usable as certificates of authorities. "
        "Name a PEM file."
    )
