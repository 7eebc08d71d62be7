from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fluxhound.errors import ConfigurationError
from fluxhound.service.alerts.settings import Endpoint, MailSettings, QuietTime, WebhookSettings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tls://siem.example", ("tls", "siem.example", 6514)),
        ("tcp://192.0.2.7:1514", ("tcp", "192.0.2.7", 1514)),
        ("udp://[2001:db8::1]", ("udp", "2001:db8::1", 514)),
        ("smtps://mail.example/", ("smtps", "mail.example", 465)),
    ],
)
def test_endpoints(text: str, expected: tuple[str, str, int]) -> None:
    end = Endpoint.parse(text)
    assert (end.transport, end.host, end.port) == expected


@pytest.mark.parametrize(
    "text",
    ["", "siem.example", "tls://", "tls://a:b", "tls://a:99999", "gopher://x", "tls://u@h",
     "tls://h/path", "tls://h?x", "tls://a\nb", "tls://[::1"],
)  # fmt: skip
def test_what_is_no_endpoint_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="is no address"):
        Endpoint.parse(text)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


NIGHT = QuietTime.parse(start="22:00", until="06:00")
WEEKEND = QuietTime.parse(days="Saturday, sun")
BERLIN = QuietTime.parse(start="22:00", until="06:00", zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("quiet", "now", "end"),
    [
        (NIGHT, "2026-11-24T21:59:59", None),
        (NIGHT, "2026-11-24T22:00", "2026-11-25T06:00"),
        (NIGHT, "2026-11-25T05:59", "2026-11-25T06:00"),
        (NIGHT, "2026-11-25T06:00", None),
        (WEEKEND, "2026-11-28T12:00", "2026-11-29T00:00"),
        (WEEKEND, "2026-11-27T23:59", None),
        (BERLIN, "2026-11-24T20:59", None),
        (BERLIN, "2026-11-24T21:00", "2026-11-25T05:00"),
        (BERLIN, "2026-07-24T20:00", "2026-07-25T04:00"),  # summer time
        (BERLIN, "2026-10-24T20:30", "2026-10-25T05:00"),  # the night is an hour longer
    ],
)
def test_quiet_times(quiet: QuietTime, now: str, end: str | None) -> None:
    ends = quiet.ends(moment(now))
    assert (ends and ends.astimezone(UTC)) == (end and moment(end))


@pytest.mark.parametrize(
    "given",
    [{"days": "someday"}, {"start": "25:00"}, {"until": "late"}, {"zone": "Mars/Olympus"},
     {"zone": "../../etc/passwd"}],
)  # fmt: skip
def test_what_is_no_quiet_time_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError):
        QuietTime.parse(**given)


def test_secrets_are_not_shown() -> None:
    hook = WebhookSettings(name="x", url="https://h/", secret=b"hush-hush")
    end = Endpoint.parse("smtps://h")
    hushed = "hush-hush"
    mail = MailSettings(
        name="y", endpoint=end, sender="a@b", recipients=(), user="u", password=hushed
    )
    assert "hush" not in repr(hook) + repr(mail)
