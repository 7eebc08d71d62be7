from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.errors import ConfigurationError
from fluxhound.records import Severity
from fluxhound.service.alerts.delivery import DeliveryError, Letter
from fluxhound.service.alerts.mail import Mail, mail_of
from fluxhound.service.alerts.settings import Endpoint, MailSettings
from fluxhound.sharing.headline import Told
from tests.servers.certificates import Certificate, certificate
from tests.servers.smtp import smtp
from tests.service.alerts.letters import NOW, closed_port, letter, listening
from tests.sharing import alerting


def settings(port: int = 25, transport: str = "smtp", **given: object) -> MailSettings:
    usual: dict[str, object] = {
        "name": "mail",
        "endpoint": Endpoint(transport=transport, host="localhost", port=port),
        "sender": "fluxhound@sensor.example",
        "recipients": ("soc@example.org", "night@example.org"),
        "timeout_s": 5.0,
    }
    return MailSettings(**{**usual, **given})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("certificates"))


def context_of(made: Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.key)
    return context


def test_several_alerts_are_one_mail() -> None:
    severities = [Severity.LOW, Severity.CRITICAL, Severity.HIGH]
    with smtp() as box:
        Mail(settings(box.port)).deliver(
            [letter(n, severity) for n, severity in enumerate(severities)], now=NOW
        )
    (mail,) = box.mails
    assert box.envelopes == [("fluxhound@sensor.example", ["soc@example.org", "night@example.org"])]
    assert mail["Subject"] == (
        "[fluxhound] critical: Single fast flux appeared: d1[.]example and 2 more"
    )
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime.timestamp() == NOW
    text = mail.get_content()
    assert text.count("Identifier: ") == 3
    assert "d1[.]example (critical)" in text
    assert "d1.example" not in text, "nothing in a mail is a link to the name"
    assert "Clients that asked: 9" in text
    assert "  against: " in text


def test_a_repeat_has_the_same_message_identifier() -> None:
    first, again = (mail_of([letter(0)], settings(), now=NOW + n) for n in (0, 60))
    assert first["Message-ID"] == again["Message-ID"]
    assert mail_of([letter(1)], settings(), now=NOW)["Message-ID"] != first["Message-ID"]


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # it is TLS already
@pytest.mark.parametrize("transport", ["smtp+starttls", "smtps"])
def test_mail_goes_over_tls_with_a_login(ours: Certificate, transport: str) -> None:
    implicit = transport == "smtps"
    with smtp(context_of(ours), implicit=implicit, login=("flux", "hush")) as box:
        chosen = settings(
            box.port,
            transport,
            ca_file=ours.authority,
            user="flux",
            password="hush",  # noqa: S106
        )
        Mail(chosen).deliver([letter(0)], now=NOW)
        wrong = settings(
            box.port,
            transport,
            ca_file=ours.authority,
            user="flux",
            password="guess",  # noqa: S106
        )
        with pytest.raises(DeliveryError, match="535") as caught:
            Mail(wrong).deliver([letter(0)], now=NOW)
        assert "guess" not in str(caught.value)
    assert len(box.mails) == 1


@pytest.mark.parametrize("transport", ["smtp+starttls", "smtps"])
def test_a_wrong_certificate_is_refused(ours: Certificate, transport: str) -> None:
    with smtp(context_of(ours), implicit=transport == "smtps") as box:
        with pytest.raises(DeliveryError, match="certificate verify failed"):
            Mail(settings(box.port, transport)).deliver([letter(0)], now=NOW)
        assert box.mails == []


def test_where_tls_is_not_offered_nothing_is_sent(ours: Certificate) -> None:
    with smtp() as box:
        chosen = settings(box.port, "smtp+starttls", ca_file=ours.authority)
        with pytest.raises(DeliveryError, match="STARTTLS"):
            Mail(chosen).deliver([letter(0)], now=NOW)
        assert box.mails == []


def test_a_server_that_refuses_is_told() -> None:
    with smtp() as box:
        box.refusal = "452 4.3.1 disk full"
        with pytest.raises(DeliveryError, match=r"452 4\.3\.1 disk full") as caught:
            Mail(settings(box.port)).deliver([letter(0)], now=NOW)
        assert not caught.value.permanent


def test_one_recipient_who_is_refused_does_not_keep_it_from_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with smtp() as box, caplog.at_level(logging.ERROR):
        box.refused = ("night@example.org",)
        Mail(settings(box.port)).deliver([letter(0)], now=NOW)
    assert box.envelopes[0][1] == ["soc@example.org"]
    assert "no mail for night@example.org" in caplog.text


def test_a_refused_connection_is_told() -> None:
    with pytest.raises(DeliveryError, match="refused"):
        Mail(settings(closed_port())).deliver([letter(0)], now=NOW)


@pytest.mark.parametrize("first", [b"", b"220-", b"220 ready\r\n250-"])
def test_a_server_that_never_comes_to_an_end_is_left(first: bytes) -> None:
    def dribble(connection: socket.socket) -> None:
        connection.sendall(first)
        for _ in range(2000):
            connection.sendall(b"x\r\n250-" if first else b"2")
            time.sleep(0.01)

    with listening(dribble) as port:
        begun = time.monotonic()
        with pytest.raises(DeliveryError):
            Mail(settings(port, timeout_s=0.1)).deliver([letter(0)], now=NOW)
        assert time.monotonic() - begun < 5


def test_a_server_that_says_nothing_is_left() -> None:
    free = threading.Event()
    with listening(lambda _: free.wait(20)) as port:
        with pytest.raises(DeliveryError, match="timed out"):
            Mail(settings(port, timeout_s=0.1)).deliver([letter(0)], now=NOW)
        free.set()


@pytest.mark.parametrize(
    "given",
    [
        {"recipients": ()},
        {"recipients": ("soc@example.org\r\nBcc: x@y.example",)},
        {"recipients": ("Soc <soc@example.org>",)},
        {"sender": "a@b\n"},
        {"sender": "nobody"},
        {"user": "flux"},
        {"transport": "imap"},
        {"transport": "smtps", "ca_file": Path("missing.pem")},
    ],
)
def test_settings_that_are_not_safe_are_refused(given: dict[str, object]) -> None:
    transport = str(given.get("transport", "smtp"))
    rest = {key: value for key, value in given.items() if key != "transport"}
    with pytest.raises(ConfigurationError):
        Mail(settings(25, transport, **rest))


@given(st.lists(alerting.told, min_size=1, max_size=4))
def test_no_name_gets_into_the_headers(told: list[Told]) -> None:
    letters = [Letter(told=each) for each in told]
    octets = bytes(mail_of(letters, settings(), now=NOW))
    head, _, body = octets.partition(b"\r\n\r\n")
    keys = [line.split(b":")[0] for line in head.split(b"\r\n") if not line.startswith(b" ")]
    assert sorted(keys) == sorted(
        [b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Auto-Submitted", b"Content-Type",
         b"Content-Transfer-Encoding", b"MIME-Version"]
    )  # fmt: skip
    assert octets.isascii()
    assert max(map(len, body.split(b"\r\n"))) <= 998
