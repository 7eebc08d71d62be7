"""Brokers' URLs and credentials: what is wrong is told with what to write, never with a secret."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.errors import ConfigurationError
from fluxhound.sources.brokers import (
    KINDS,
    BrokerUrl,
    Credentials,
    Redaction,
    authority,
    is_broker_url,
    parse_url,
)


@pytest.mark.parametrize(
    ("text", "broker", "hosts", "user", "database", "tls", "parameters"),
    [
        (
            "redis://h/3?stream=dns",
            *("redis", (("h", 6379),), "", 3, False, {"stream": "dns"}),
        ),
        (
            "rediss://u@h:1/?stream=a%26b&field=eve",
            *("redis", (("h", 1),), "u", 0, True, {"stream": "a&b", "field": "eve"}),
        ),
        (
            "nats://a,b:5?stream=S&subject=dns.%3E",
            *("nats", (("a", 4222), ("b", 5)), "", 0, False, {"stream": "S", "subject": "dns.>"}),
        ),
        (
            "nats://[::1]:7?stream=S&subject=dns.>",
            *("nats", (("::1", 7),), "", 0, False, {"stream": "S", "subject": "dns.>"}),
        ),
        ("TLS://h?stream=S", "nats", (("h", 4222),), "", 0, True, {"stream": "S"}),
        (
            "kafka://o%40p@a:1,b:2?topic=t&tls=yes",
            *("kafka", (("a", 1), ("b", 2)), "o@p", 0, True, {"topic": "t", "tls": "yes"}),
        ),
    ],
)
def test_a_url_is_taken_apart(
    text: str,
    broker: str,
    hosts: tuple[tuple[str, int], ...],
    user: str,
    database: int,
    *,
    tls: bool,
    parameters: dict[str, str],
) -> None:
    assert is_broker_url(text)
    assert parse_url(text) == BrokerUrl(
        broker=broker,
        hosts=hosts,
        user=user,
        database=database,
        tls=tls,
        parameters=parameters,
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("amqp://h?queue=q", "write redis://"),
        ("redis://h/0", "'stream=' is missing. Write redis://HOST:6379/0?stream=KEY"),
        ("redis://h/0?steam=x", "did you mean 'stream'?"),
        ("redis://h/0?stream=x&x=1", "there are stream, field"),
        ("redis://h/0?stream=", "must have one value"),
        ("redis://h/0?stream=a&stream=b", "must have one value"),
        ("redis://h/zero?stream=a", "no use for '/zero'"),
        ("redis://a,b/0?stream=a", "too many hosts"),
        ("redis://h:99999/0?stream=a", "host 'h:99999'"),
        ("redis:///0?stream=a", "host ''"),
        ("redis://@h/0?stream=a", "empty"),
        ("nats://h/5?stream=S", "no use for '/5'"),
        ("nats://h?stream=S&subject=a#b", "%23"),
        ("kafka://h?topic=t&tls=perhaps", "yes or no"),
        ("kafka://[::1?topic=t", "cannot be read"),
        ("kafka://h?topic", "cannot be read"),
        ("kafka://h?topic=a\nb", "one line"),
    ],
)
def test_what_is_wrong_is_told(text: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse_url(text)
    assert told in str(raised.value)


@pytest.mark.parametrize("scheme", KINDS)
def test_a_password_in_a_url_is_refused_and_not_repeated(scheme: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse_url(f"{scheme}://user:horse@h?stream=s&topic=t")
    assert "password_file" in str(raised.value)
    assert "horse" not in str(raised.value)


@given(st.text(max_size=60), st.sampled_from([*KINDS, "http", ""]))
def test_any_text_is_taken_apart_or_told(text: str, scheme: str) -> None:
    try:
        url = parse_url(f"{scheme}://{text}")
    except ConfigurationError as error:
        told = str(error)
    else:
        assert url.hosts
        assert all(0 < port < 65536 for _, port in url.hosts)
        assert url.text.count(",") == len(url.hosts) - 1
        told = url.broker
    assert told.isprintable()


@pytest.mark.parametrize("text", ["/var/log/dns.log", "dnstap+tcp://h:1", "redis:h", "-"])
def test_other_inputs_are_no_brokers(text: str) -> None:
    assert not is_broker_url(text)


def test_an_address_of_version_6_stands_in_brackets() -> None:
    assert [authority("::1", 5), authority("h", 5)] == ["[::1]:5", "h:5"]


def test_a_password_is_read_anew_each_time(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("one\n")
    credentials = Credentials(user="u", password_file=file)
    assert credentials.password() == "one"
    file.write_text("two")
    assert credentials.password() == "two"
    assert "two" not in repr(credentials)
    assert Credentials().password() is None


@pytest.mark.parametrize("content", [b"", b"\n", b"a\nb\n", b"\xff", b"x" * 5000])
def test_a_file_that_holds_no_password_is_told(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "password"
    file.write_bytes(content)
    with pytest.raises(ConfigurationError, match="password"):
        Credentials(password_file=file)


def test_files_that_cannot_be_used_are_told(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    with pytest.raises(ConfigurationError, match="No such file"):
        Credentials(password_file=missing)
    with pytest.raises(ConfigurationError, match="ca_file"):
        Credentials(ca_file=missing, tls=True)
    with pytest.raises(ConfigurationError, match="rediss://"):
        Credentials(ca_file=missing)
    with pytest.raises(ConfigurationError, match="password_file"):
        Credentials(user="u")


def test_tls_checks_certificates() -> None:
    context = Credentials(tls=True).context()
    assert context is not None
    assert context.check_hostname
    assert Credentials().context() is None


def test_secrets_are_taken_out_of_texts() -> None:
    cleaned = Redaction(("horse",)).clean("bad\nhorse \x1b[31m")
    assert cleaned == "bad *** \\x1b[31m"
