from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.sharing.peers.receivers import Misp, server

Fluxhound = Callable[..., tuple[int, str, str]]


def test_without_send_nothing_leaves(fluxhound: Fluxhound, saved: str) -> None:
    with server(Misp()) as peer:
        status, out, err = fluxhound("share", "misp", peer.address, "--from", saved)
    assert (status, peer.heard) == (0, [])
    assert "evil[.]example" in out
    assert "TLP:AMBER" in out
    assert "2 findings would go to http://127.0.0.1" in err
    assert "Add --send" in err


def test_events_are_sent(fluxhound: Fluxhound, saved: str) -> None:
    misp = Misp()
    args = ("--from", saved, "--secret-file", "key", "--minimum", "high", "--send")
    with server(misp) as peer:
        status, out, err = fluxhound("share", "misp", peer.address, *args)
    assert status == 0, err
    assert out == "1 events: 1 added, 0 brought up to date, 0 not taken.\n"
    assert "left out: 1 below the minimum severity, 1 no finding" in err
    assert [each["info"] for each in misp.events.values()] == ["Single fast flux: evil.example"]


def test_what_is_red_stays(fluxhound: Fluxhound, saved: str) -> None:
    args = ("--from", saved, "--tlp", "red", "--secret-file", "key", "--send")
    with server(Misp()) as peer:
        status, out, err = fluxhound("share", "misp", peer.address, *args)
    assert (status, out, peer.heard) == (0, "", [])
    assert "2 TLP above what the receiver may see" in err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("http://misp.example",), "in clear"),
        (("https://misp.example", "--send"), "only with a key"),
        (("https://misp.example", "--secret-file", "none"), "cannot be read"),
        (("https://misp.example",), "Name a log to read"),
        ((), "Missing argument 'URL'"),
    ],
)
def test_what_is_wrong_is_told(
    fluxhound: Fluxhound, saved: str, args: tuple[str, ...], message: str
) -> None:
    status, _, err = fluxhound("share", "misp", *args)
    assert status == 2
    assert message in err


def test_what_is_not_taken_is_an_error(fluxhound: Fluxhound, saved: str) -> None:
    with server(lambda _: (500, {"message": "full"})) as peer:
        args = ("--from", saved, "--secret-file", "key", "--send")
        status, out, err = fluxhound("share", "misp", peer.address, *args)
    assert status == 2
    assert "2 not taken" in out
    assert "2 events not taken (status 500: full)" in err
