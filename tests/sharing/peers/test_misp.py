from __future__ import annotations

import pymisp
import pytest

from fluxhound.sharing.misp import events
from fluxhound.sharing.outbound import outbound
from fluxhound.sharing.peers.misp import IN_VAIN, headers, push
from fluxhound.sharing.peers.web import Receiver, ReceiverError
from tests.sharing.exporting import FINDINGS, TERMS, past
from tests.sharing.peers.receivers import Misp, server

EVENTS = list(events(outbound(FINDINGS, TERMS).offers, past, TERMS))


def test_events_are_added_and_later_brought_up_to_date() -> None:
    misp = Misp()
    with server(misp) as peer:
        receiver = Receiver(url=peer.address + "/", headers=headers(misp.key))
        first, second = push(receiver, EVENTS), push(receiver, EVENTS)
    assert (first.added, first.updated, first.failed) == (len(EVENTS), 0, 0)
    assert (second.added, second.updated, second.failed) == (0, len(EVENTS), 0)
    for event in misp.events.values():
        judged = pymisp.MISPEvent()
        judged.from_dict(**event)
        assert not judged.published


def test_a_wrong_key_ends_it_at_once() -> None:
    with server(Misp()) as peer, pytest.raises(ReceiverError, match="the key is refused"):
        push(Receiver(url=peer.address, headers=headers("x")), EVENTS)
    assert len(peer.heard) == 1


def test_a_server_in_trouble_is_left_in_peace() -> None:
    misp = Misp()
    misp.refusing = True
    with server(misp) as peer, pytest.raises(ReceiverError, match=r"no\? disk"):
        push(Receiver(url=peer.address, headers=headers(misp.key)), EVENTS)
    assert len(peer.heard) == IN_VAIN


def test_a_page_of_another_server_is_no_success() -> None:
    with server(lambda _: (200, b"<html>")) as peer:
        pushed = push(Receiver(url=peer.address, headers=headers("x")), EVENTS[:2])
    assert (pushed.added, pushed.failed, pushed.reasons) == (0, 2, ["status 200", "status 200"])
