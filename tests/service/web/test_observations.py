from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable

import pytest

from fluxhound.service.web.backend import Pulse
from fluxhound.service.web.body import Limits
from fluxhound.service.web.observations import add_tally, counts
from fluxhound.sources.live import Health
from fluxhound.sources.tally import SAMPLES_PER_REASON, Tally
from tests.service.web.serving import Pipeline, observation, post, served

ZEEK = json.dumps(
    {
        "ts": 1_700_000_000.5, "uid": "C1", "id.orig_h": "10.0.0.9", "id.orig_p": 5353,
        "id.resp_h": "10.0.0.1", "id.resp_p": 53, "proto": "udp", "query": "kx.example",
        "qtype_name": "A", "rcode_name": "NOERROR", "AA": False, "RA": True,
        "answers": ["192.0.2.1", "192.0.2.2"], "TTLs": [60.0, 60.0],
    }
).encode()  # fmt: skip
COF = json.dumps(
    {
        "rrname": "kx.example", "rrtype": "A", "rdata": ["192.0.2.1"], "count": 3,
        "time_first": 1_700_000_000, "time_last": 1_700_000_100,
    }
).encode()  # fmt: skip
EVE = json.dumps(
    {
        "timestamp": "2023-11-14T22:13:20.000000+0000", "event_type": "dns", "src_ip": "10.0.0.1",
        "src_port": 53, "dest_ip": "10.0.0.9", "dest_port": 5353, "proto": "UDP",
        "dns": {
            "version": 2, "type": "answer", "id": 1, "flags": "8180", "qr": True, "ra": True,
            "rrname": "kx.example", "rrtype": "A", "rcode": "NOERROR",
            "answers": [{"rrname": "kx.example", "rrtype": "A", "ttl": 60, "rdata": "192.0.2.1"}],
            "grouped": {"A": ["192.0.2.1"]},
        },
    }
).encode()  # fmt: skip


@pytest.mark.parametrize(
    "line", [observation().rstrip(), ZEEK, COF, EVE], ids=["ours", "zeek", "cof", "eve"]
)
@pytest.mark.parametrize("packed", [False, True])
def test_each_format_plain_and_packed(line: bytes, *, packed: bool) -> None:
    pipeline = Pipeline()
    body = line + b"\n" + line + b"\n"
    with served(pipeline) as address:
        found = (
            post(address, gzip.compress(body), Content_Encoding="gzip")
            if packed
            else post(address, body)
        )
    assert found.status_code == 202
    told = found.json()
    assert (told["records"], told["accepted"], told["rejected"]) == (2, 2, 0)
    (portion,) = pipeline.portions
    assert portion.position is None
    rows = [row for batch in portion.batches for row in batch.to_pylist() if row.get("kept", True)]
    assert {row["name"].partition(".")[2] for row in rows} == {"example"}
    # Rows of a table that say the same of one response are one observation.
    assert len(rows) == told["observations"] == portion.tally.observations >= 1


def test_what_was_rejected_is_told() -> None:
    body = observation(1) + b"{broken\n" + b'{"time": "x", "name": "a"}\n' + observation(2)
    with served(Pipeline()) as address:
        told = post(address, body).json()
    assert (told["records"], told["accepted"], told["rejected"]) == (4, 2, 2)
    assert sum(told["reasons"].values()) == 2
    assert told["samples"].keys() == told["reasons"].keys()


def test_the_vantage_point_can_be_named() -> None:
    pipeline = Pipeline()
    with served(pipeline) as address:
        post(address, observation())
        post(address, observation(), query="?sensor=branch-7")
        assert post(address, observation(), query="?sensor=a%20b").status_code == 400
        assert post(address, observation(), query="?senor=a").status_code == 400
    sensors = [portion.batches[0].column("sensor")[0].as_py() for portion in pipeline.portions]
    assert sensors == ["posted", "branch-7"]


@pytest.mark.parametrize("body", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_nothing(body: bytes) -> None:
    with served(Pipeline()) as address:
        found = post(address, body)
    assert found.status_code == 202
    assert found.json()["accepted"] == 0


def test_the_answer_waits_for_the_commit() -> None:
    pipeline = Pipeline(holding=True)
    with served(pipeline) as address:
        answers: list[int] = []
        thread = threading.Thread(
            target=lambda: answers.append(post(address, observation()).status_code)
        )
        thread.start()
        wait_for(lambda: len(pipeline.portions) == 1)
        assert answers == []
        pipeline.settle(pipeline.portions[0])
        thread.join()
    assert answers == [202]


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait for another thread, for seconds at most."""
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until
        threading.Event().wait(0.005)


@pytest.mark.parametrize(
    ("pulse", "pressed", "after"),
    [
        (Pulse(behind=True), False, "5"),
        (Pulse(), True, "5"),
        (Pulse(disk_full=True), False, "60"),
        (Pulse(stopping=True, inputs={"r": Health()}), False, "60"),
    ],
)
def test_trouble_turns_posts_away(pulse: Pulse, after: str, *, pressed: bool) -> None:
    pipeline = Pipeline(now=pulse, pressed=pressed)
    with served(pipeline) as address:
        found = post(address, observation())
    assert (found.status_code, found.headers["retry-after"]) == (503, after)
    assert pipeline.portions == []


def test_a_commit_that_fails() -> None:
    pipeline = Pipeline(refusal=OSError("disk full"))
    with served(pipeline) as address:
        found = post(address, observation())
    assert (found.status_code, found.headers["retry-after"]) == (503, "60")
    assert "not counted" in found.json()["detail"]


def test_a_commit_that_takes_too_long() -> None:
    with served(Pipeline(holding=True), limits=Limits(commit_s=0.05)) as address:
        found = post(address, observation())
    assert (found.status_code, found.headers["retry-after"]) == (503, "5")


def test_too_many_at_once() -> None:
    pipeline = Pipeline(holding=True)
    with served(pipeline, limits=Limits(posts=1)) as address:
        thread = threading.Thread(target=post, args=(address, observation()))
        thread.start()
        wait_for(lambda: len(pipeline.portions) == 1)
        assert post(address, observation()).status_code == 503
        pipeline.settle(pipeline.portions[0])
        thread.join()
        pipeline.holding = False
        assert post(address, observation()).status_code == 202


def test_a_body_in_many_chunks_is_one_portion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fluxhound.service.web.body.CHUNK", 1000)
    pipeline = Pipeline()
    body = b"".join(observation(i) for i in range(500)) + b"{broken\n"
    with served(pipeline) as address:
        told = post(address, body).json()
    assert (told["accepted"], told["rejected"], len(pipeline.portions)) == (500, 1, 1)


def test_counts_add_up() -> None:
    total, part = Tally(), Tally(records=9, observations=5)
    part.pass_over("no addresses", 2)
    for i in range(2):
        part.reject("no time", f"line {i}")
    add_tally(total, part)
    add_tally(total, part)
    told = counts(total)
    assert (told["records"], told["accepted"], told["rejected"], told["passed_over"]) == (
        18,
        10,
        4,
        4,
    )
    assert len(total.samples["no time"]) == SAMPLES_PER_REASON
