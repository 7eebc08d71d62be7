from __future__ import annotations

from pathlib import Path

import pytest

from fluxhound.errors import UsageError
from fluxhound.sharing.peers import web
from fluxhound.sharing.peers.web import Answer, Receiver, ReceiverError, checked, reason
from tests.servers.certificates import certificate
from tests.sharing.peers.receivers import server


def test_one_request_is_answered() -> None:
    with server(lambda _: (201, {"a": 1})) as peer:
        receiver = Receiver(url=peer.address, headers={"Authorization": "secret"})
        answer = receiver.ask("POST", "/x?y=1", b"{}")
    assert (answer.status, answer.document) == (201, {"a": 1})
    (heard,) = peer.heard
    assert (heard.method, heard.path, heard.headers["authorization"]) == (
        "POST", "/x?y=1", "secret",
    )  # fmt: skip
    assert heard.headers["user-agent"].startswith("fluxhound/")
    assert "secret" not in repr(receiver)


def test_no_redirection_is_followed() -> None:
    with server(lambda _: (302, {})) as peer:
        assert Receiver(url=peer.address).ask("POST", "/", b"{}").status == 302
    assert len(peer.heard) == 1


def test_an_endless_answer_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "LARGEST_ANSWER", 1000)
    with (
        server(lambda _: (200, b"x" * 2000)) as peer,
        pytest.raises(ReceiverError, match="too long"),
    ):
        Receiver(url=peer.address).ask("GET", "/")


def test_a_slow_answer_is_cut() -> None:
    clock = iter([0.0, 1e9, 1e9])
    with server(lambda _: (200, b"x")) as peer, pytest.raises(ReceiverError, match="too long"):
        Receiver(url=peer.address, clock=lambda: next(clock)).ask("GET", "/")


def test_nobody_answers() -> None:
    with server(lambda _: (200, b"")) as peer:
        pass
    with pytest.raises(ReceiverError, match="no answer"):
        Receiver(url=peer.address).ask("GET", "/")


def test_a_list_of_authorities_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "ca").write_text("no certificate")
    with pytest.raises(UsageError, match="not usable"):
        Receiver(url="https://127.0.0.1:9/", ca_file=str(tmp_path / "ca")).ask("GET", "/")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "is no address"),
        ("ftp://a.example/", "is no address"),
        ("https://", "is no address"),
        ("https://u:p@a.example/", "is no address"),
        ("https://a.example:99999/", "is no address"),
        ("https://[::1/", "is no address"),
        ("http://a.example/", "in clear"),
        ("http://192.0.2.1/", "in clear"),
    ],
)
def test_what_is_no_receiver(url: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        checked(url)


@pytest.mark.parametrize("url", ["https://a.example/x", "http://localhost:1", "http://[::1]:1/"])
def test_what_is_one(url: str) -> None:
    assert checked(url).geturl() == url


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "status 400"),
        (b"[" * 100_000, "status 400"),
        (b'{"title": "a\\u001b", "message": "b"}', "status 400: a?"),
        (b'{"title": 3}', "status 400"),
    ],
)
def test_reasons_are_harmless(body: bytes, expected: str) -> None:
    assert reason(Answer(status=400, body=body), "title") == expected


def test_only_a_trusted_certificate_is_spoken_to(tmp_path: Path) -> None:
    made = certificate(tmp_path)
    with server(lambda _: (200, {}), certificate=made) as peer:
        with pytest.raises(ReceiverError, match="not trusted"):
            Receiver(url=peer.address).ask("GET", "/")
        trusting = Receiver(url=peer.address, ca_file=str(made.authority))
        assert trusting.ask("GET", "/").status == 200
    assert len(peer.heard) == 1
