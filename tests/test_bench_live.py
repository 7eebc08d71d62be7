"""The benchmarks of the live service: their parts do what they say."""

from __future__ import annotations

import random
import socket
from functools import partial
from pathlib import Path

import dns.message
import dnstap_pb
import pytest

from bench import alert_latency, live_memory, serve, service
from bench.upkeep import month
from fluxhound.history.store import Store

METRICS = """
fluxhound_records_total{format="dnstap",source="r"} 12.0
fluxhound_records_total{format="http",source="http"} 3.0
fluxhound_passed_over_total{reason="no such name",source="r"} 2.0
fluxhound_passed_over_total{reason="given",source="r"} 0.0
"""


def test_metrics_are_summed_and_told_by_reason() -> None:
    assert service.total(METRICS, "records_total") == 15
    assert service.by_reason(METRICS, "passed_over_total") == {"no such name": 2}


def test_frames_are_what_a_resolver_logs() -> None:
    octets = alert_latency.frame(
        alert_latency.message("a.test", ["192.0.2.1", "192.0.2.2"], ttl=60), 1.5
    )
    about = dnstap_pb.Dnstap.FromString(octets[4:]).message
    assert int.from_bytes(octets[:4], "big") == len(octets) - 4
    assert (about.response_time_sec, about.response_time_nsec) == (1, 500_000_000)
    answer = dns.message.from_wire(about.response_message).answer[0]
    assert answer.to_text() == "a.test. 60 IN A 192.0.2.1\na.test. 60 IN A 192.0.2.2"


def test_names_in_flux_appear_one_after_the_other() -> None:
    table = alert_latency.timetable(120.0, 40, random.Random(1))  # noqa: S311 - seeded on purpose
    assert len(table) == 40 * alert_latency.ANSWERS
    assert len({name for _, name in table}) == 40
    assert table == sorted(table)
    assert table[-1][0] < 120


def test_alerts_are_timed_from_the_answer_that_decides() -> None:
    sent, listener = alert_latency.Sent(), alert_latency.Listener("udp")
    sent.at["a.test"] = [1.0, 2.0]
    sent.at["b.test"] = [1.0]
    listener.told = [(2.5, b"{a.test}"), (9.0, b"{a.test}")]
    late = list(alert_latency.late(sent, {"a.test": 1, "b.test": 0}, listener))
    assert late == [0.5, float("inf")]
    assert alert_latency.row("udp", [0.5, 1.0, 1.5]) == "| udp | 3 | 1.00 | 1.50 | 1.50 |"


SAID = """
told a.test: taken 2.4 free 2.6 began 2.7 judged 3.0
noted a.test: 3.1
told a.test: taken 9.0 free 9.0 began 9.0 judged 9.0
"""


def test_the_way_of_an_alert_is_told_hop_by_hop() -> None:
    sent, listener = alert_latency.Sent(), alert_latency.Listener("udp")
    sent.at.update({"a.test": [1.0, 2.0, 4.0], "b.test": [1.0]})
    listener.told = [(3.25, b"{a.test}")]
    found = alert_latency.hops(sent, {"a.test": 0, "b.test": 0}, listener, SAID)
    assert list(found) == list(alert_latency.HOPS)
    seconds = [each for hop in found.values() for each in hop]
    assert seconds == pytest.approx([1.0, 0.4, 0.2, 0.1, 0.3, 0.1, 0.15])


def heard(listener: alert_latency.Listener) -> bool:
    return listener.first("a.test") is not None


def test_listener_hears_datagrams_and_streams() -> None:
    for kind in ("udp", "tcp"):
        listener = alert_latency.Listener(kind)
        sort = socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM
        with socket.socket(type=sort) as one:
            one.connect(("127.0.0.1", listener.port))
            one.sendall(b"a.test")
            service.until(partial(heard, listener), 5, partial(str, kind))


@pytest.mark.parametrize(
    ("sent", "exact", "taken", "told"),
    [
        (10, True, 10, "every frame is accounted for"),
        (10, True, 11, "NOT ACCOUNTED FOR: -1"),
        (10, False, 12, "every frame is accounted for, and 2"),
        (10, False, 9, "NOT ACCOUNTED FOR: 1 frames (10.000%)"),
    ],
)
def test_frames_that_are_missing_are_told(sent: int, exact: bool, taken: int, told: str) -> None:
    last = service.Sample(
        at=0,
        records=taken,
        rejected=0,
        shed=0,
        lag_s=0,
        memory=0,
        cpu_s=0,
        receivers_s=0,
        reasons={"x": 1},
    )
    given = serve.Counted(sent=sent, dropped=0, exact=exact, what="frames")
    assert told in serve.report(last, given, "  Queries completed:  9\n")


def test_questions_are_for_the_zones_that_there_are(tmp_path: Path) -> None:
    serve.questions(tmp_path / "q", names=100)
    asked = (tmp_path / "q").read_text().splitlines()
    assert len(asked) == 100
    known = set(serve.zones(serve.ZONES))
    assert {line.split()[0].split(".", 1)[1] + "." for line in asked} <= known


def test_every_name_is_written_before_any_again() -> None:
    portions = list(live_memory.numbers(25_000, 30_000))
    assert [at for portion in portions[:2] for at in portion] == list(range(25_000))
    assert sum(map(len, portions[2:])) == 30_000


def test_a_month_is_made(tmp_path: Path) -> None:
    month(tmp_path / "store", rows=720 * 4)
    with Store(tmp_path / "store") as store:
        found = store.connection.execute("SELECT count(*), max(hour) - min(hour) FROM history")
        assert found.fetchall() == [(720 * 4, 719)]


def test_the_service_is_started_asked_and_ended(tmp_path: Path) -> None:
    """The whole of the memory benchmark, small."""
    memory = pytest.MonkeyPatch()
    with memory.context() as patch:
        patch.setattr(live_memory, "AFTER_S", 0.0)
        assert live_memory.run(names=300, repeats=100, memory="1GiB", sweep="1m") > 50 << 20
