from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from fluxhound.intel.taxii import authorization
from fluxhound.sharing.outbound import outbound
from fluxhound.sharing.peers.taxii import MEDIA_TYPE, OBJECTS, envelopes, push
from fluxhound.sharing.peers.web import Receiver, ReceiverError
from fluxhound.sharing.stix.bundle import objects_of
from tests.intel.medallion_server import PASSWORD, USER, content, medallion
from tests.sharing.exporting import FINDINGS, TERMS, past
from tests.sharing.peers.receivers import Heard, server

OBJECTS_OF_ALL = objects_of(outbound(FINDINGS, TERMS).offers, past, TERMS)
HEADERS = {"Accept": MEDIA_TYPE, "Content-Type": MEDIA_TYPE}
COLLECTION = "/api/collections/c/"


def test_the_reference_server_takes_everything(tmp_path: Path) -> None:
    held = content([], [])
    held["root"]["collections"][0]["can_write"] = True
    with medallion(tmp_path, held, page=1000) as url:
        headers = HEADERS | authorization(f"{USER}:{PASSWORD}")
        pushed = push(Receiver(url=url, headers=headers), OBJECTS_OF_ALL)
        there = httpx.get(
            f"{url}objects/?limit=1000", headers=HEADERS, auth=(USER, PASSWORD), timeout=20
        ).json()["objects"]
    assert (pushed.success, pushed.failed, pushed.pending) == (len(OBJECTS_OF_ALL), 0, 0)
    assert {each["id"] for each in there} == {each["id"] for each in OBJECTS_OF_ALL}


def test_a_collection_for_reading_is_left_alone(tmp_path: Path) -> None:
    with medallion(tmp_path, content([], [])) as url:
        headers = HEADERS | authorization(f"{USER}:{PASSWORD}")
        with pytest.raises(ReceiverError, match="may not write"):
            push(Receiver(url=url, headers=headers), OBJECTS_OF_ALL)
        with pytest.raises(ReceiverError, match="status 401"):
            push(Receiver(url=url, headers=HEADERS), OBJECTS_OF_ALL)


def scripted(status: dict[str, Any], *later: dict[str, Any]) -> Any:
    rest = list(later)

    def answer(heard: Heard) -> tuple[int, Any]:
        if heard.method == "POST":
            return 202, status
        if "/status/" in heard.path:
            return 200, rest.pop(0)
        if heard.path == COLLECTION:
            return 200, {"id": "c", "can_write": True}
        return 200, {"max_content_length": 100_000}

    return answer


def test_we_wait_until_the_server_is_done() -> None:
    begun = {"id": "s", "status": "pending", "pending_count": 3}
    done = {
        "id": "s", "status": "complete", "success_count": 2, "failure_count": 1,
        "failures": [{"id": "x", "message": "bad\x1bone"}],
    }  # fmt: skip
    naps: list[float] = []
    with server(scripted(begun, begun, done)) as peer:
        pushed = push(
            Receiver(url=peer.address + COLLECTION), OBJECTS_OF_ALL[:3], sleep=naps.append
        )
    assert (pushed.success, pushed.failed, pushed.reasons) == (2, 1, ["bad?one"])
    assert len(naps) == 2


def test_a_server_that_is_never_done_is_left() -> None:
    begun = {"id": "s", "status": "pending", "pending_count": 10**9}
    with server(scripted(begun, *[begun] * 60)) as peer:
        pushed = push(
            Receiver(url=peer.address + COLLECTION), OBJECTS_OF_ALL[:3], sleep=lambda _: None
        )
    assert (pushed.success, pushed.pending) == (0, 3)


@pytest.mark.parametrize("status", [{}, [], {"status": 1}, {"id": "s", "success_count": "x"}])
def test_nonsense_is_counted_as_nothing(status: Any) -> None:
    with server(scripted(status, *[{}] * 60)) as peer:
        pushed = push(
            Receiver(url=peer.address + COLLECTION), OBJECTS_OF_ALL[:1], sleep=lambda _: None
        )
    assert (pushed.success, pushed.failed) == (0, 0)


def test_requests_are_as_large_as_the_server_takes() -> None:
    bodies = list(envelopes(OBJECTS_OF_ALL, 20_000))
    assert all(len(body) <= 20_000 for body, _ in bodies)
    sent = [each for body, _ in bodies for each in orjson.loads(body)["objects"]]
    assert sent == OBJECTS_OF_ALL
    assert max(count for _, count in envelopes(OBJECTS_OF_ALL * 2, 10**9)) == OBJECTS
    assert list(envelopes([], 10)) == []
