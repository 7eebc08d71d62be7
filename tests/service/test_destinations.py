from __future__ import annotations

from pathlib import Path

import pytest

from fluxhound.config import DESTINATION_KINDS, load
from fluxhound.errors import ConfigurationError
from fluxhound.records import Severity
from fluxhound.service.alerts.settings import (
    AlertSettings,
    JournalSettings,
    MailSettings,
    StdoutSettings,
    SyslogSettings,
    WebhookSettings,
)
from fluxhound.service.destinations import KINDS, alert_settings, page_link


def made(tmp_path: Path, text: str) -> AlertSettings:
    file = tmp_path / "fluxhound.toml"
    file.write_text(text)
    return alert_settings(load(file, environment={}))


def test_each_kind_becomes_its_own(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s" * 64 + "\n")
    settings = made(
        tmp_path,
        f"""
        [alerts]
        minimum = "medium"
        quiet = [{{ days = "sat", from = "22:00", until = "06:00" }}]
        [[destination]]
        name = "out"
        kind = "stdout"
        [[destination]]
        name = "journal"
        kind = "file"
        path = "alerts.jsonl"
        [[destination]]
        name = "siem"
        kind = "syslog"
        format = "cef"
        minimum = "high"
        address = "tls://siem.example:6514"
        [[destination]]
        name = "hook"
        kind = "webhook"
        url = "https://soar.example/x"
        secret_file = "{secret}"
        [[destination]]
        name = "mail"
        kind = "mail"
        address = "smtps://mail.example"
        sender = "a@example.org"
        recipients = ["b@example.org"]
        """,
    )
    kinds = [StdoutSettings, JournalSettings, SyslogSettings, WebhookSettings, MailSettings]
    assert [type(each) for each in settings.destinations] == kinds
    assert settings.minimum is Severity.MEDIUM
    assert settings.destinations[2].minimum is Severity.HIGH
    assert len(settings.quiet) == 1
    assert "s" * 64 not in repr(settings)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("kind = 'file'", "a file needs the key path"),
        ("kind = 'stdout'\nurl = 'https://x'", "url has no meaning for a stdout"),
        ("kind = 'syslog'\naddress = 'smtp://x'", "smtp:// is no address for a syslog"),
        ("kind = 'syslog'\naddress = 'here'", "is no address"),
        ("kind = 'webhook'\nurl = 'https://x'\nsecret_file = 'none'", "cannot be read"),
        ("kind = 'mail'\naddress = 'smtp://x'\nsender = 'a@x'", "needs the key recipients"),
    ],
)
def test_what_does_not_fit_is_said(tmp_path: Path, lines: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        made(tmp_path, f"[[destination]]\nname = 'a'\n{lines}\n")


@pytest.mark.parametrize("text", ["short", "", "two\nlines" * 20])
def test_a_secret_is_one_long_line(tmp_path: Path, text: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text(text)
    with pytest.raises(ConfigurationError, match="secret"):
        made(
            tmp_path,
            f"[[destination]]\nname='a'\nkind='webhook'\nurl='https://x'\nsecret_file='{secret}'\n",
        )


def test_links_lead_to_the_pages_that_there_are(tmp_path: Path) -> None:
    file = tmp_path / "fluxhound.toml"
    for text, link in [
        ("", "http://127.0.0.1:8053"),
        ('[service]\nlisten = "none"\n', ""),
        ('[service]\nlisten = "unix:/run/x.sock"\n', ""),
        ('[service]\nlink = "https://flux.example/"\n', "https://flux.example"),
    ]:
        file.write_text(text)
        assert page_link(load(file, environment={})) == link


def test_every_kind_of_the_configuration_can_be_made() -> None:
    assert set(KINDS) == set(DESTINATION_KINDS)
