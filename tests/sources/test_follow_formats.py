"""Every line format is followed, and what has no lines is refused."""

from __future__ import annotations

import itertools
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fluxhound.errors import (
    ConfigurationError,
    FluxhoundError,
    NoAnswersError,
    UnreadableInputError,
)
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.sniff import format_named, recognise
from tests.following import HEADER, Machine, zeek, zeek_json
from tests.reading import LOGS, read

START = 1_795_507_200


def stamp(number: int) -> str:
    return f"2026-11-24T08:{number // 60 % 60:02d}:{number % 60:02d}.000000+0000"


def eve(number: int) -> bytes:
    dns = {
        "version": 2,
        "type": "answer",
        "id": number,
        "rrname": f"h{number}.example.com",
        "rrtype": "A",
        "rcode": "NOERROR",
        "answers": [
            {"rrname": f"h{number}.example.com", "rrtype": "A", "ttl": 60, "rdata": "203.0.113.7"}
        ],
    }
    event = {
        "timestamp": stamp(number),
        "event_type": "dns",
        "src_ip": "192.0.2.9",
        "src_port": 5353,
        "dest_ip": "192.0.2.53",
        "dest_port": 53,
        "dns": dns,
    }
    return json.dumps(event).encode() + b"\n"


def eve_v1(number: int) -> bytes:
    """Write two events of one answer."""
    events = [
        {
            "timestamp": stamp(number),
            "event_type": "dns",
            "flow_id": number,
            "src_ip": "192.0.2.9",
            "src_port": 5353,
            "dest_ip": "192.0.2.53",
            "dest_port": 53,
            "dns": {
                "type": "answer",
                "id": number,
                "rcode": "NOERROR",
                "rrname": f"h{number}.example.com",
                "rrtype": "A",
                "ttl": 60,
                "rdata": f"203.0.113.{last}",
            },
        }
        for last in (1, 2)
    ]
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def dnsmasq(number: int) -> bytes:
    at = f"Nov 24 08:{number // 60:02d}:{number % 60:02d} dnsmasq[123]:"
    return (
        f"{at} query[A] h{number}.example.com from 192.0.2.{number % 250}\n"
        f"{at} forwarded h{number}.example.com to 192.0.2.53\n"
        f"{at} reply h{number}.example.com is <CNAME>\n"
        f"{at} reply edge.example.net is 203.0.113.1\n"
        f"{at} reply edge.example.net is 203.0.113.2\n"
    ).encode()


def pihole(number: int) -> bytes:
    at = f"Nov 24 08:{number // 60:02d}:{number % 60:02d} dnsmasq[123]: {number} 192.0.2.9/5353"
    return (
        f"{at} query[A] h{number}.example.com from 192.0.2.9\n"
        f"{at} reply h{number}.example.com is 203.0.113.1\n"
        f"{at} reply h{number}.example.com is 203.0.113.2\n"
    ).encode()


def route53(number: int) -> bytes:
    record = {
        "version": "1.100000",
        "vpc_id": "vpc-1",
        "query_timestamp": f"2026-11-24T08:{number // 60:02d}:{number % 60:02d}Z",
        "query_name": f"h{number}.example.com.",
        "query_type": "A",
        "query_class": "IN",
        "rcode": "NOERROR",
        "answers": [{"Rdata": "203.0.113.7", "Type": "A", "Class": "IN"}],
        "srcaddr": "192.0.2.9",
    }
    return json.dumps(record).encode() + b"\n"


def cof(number: int) -> bytes:
    record = {
        "rrname": f"h{number}.example.com",
        "rrtype": "A",
        "rdata": ["203.0.113.7", "203.0.113.8"],
        "time_first": START + number,
        "time_last": START + number + 5,
        "count": 3,
    }
    return json.dumps(record).encode() + b"\n"


def row(number: int) -> bytes:
    return f'{START + number},h{number}.example.com,"203.0.113.1,203.0.113.2",60\n'.encode()


def single_rows(number: int) -> bytes:
    return b"".join(
        f"{START + number};h{number}.example.com;203.0.113.{last}\n".encode() for last in (1, 2, 3)
    )


def tabbed(number: int) -> bytes:
    return f"{START + number}\th{number}.example.com\tA\t203.0.113.7\n".encode()


def objects(number: int) -> bytes:
    record: dict[str, Any] = {"time": START + number, "name": f"h{number}.example.com"}
    record["answers"] = "203.0.113.7"
    if number % 5 == 0:
        record["ttl"] = 60
    return json.dumps(record).encode() + b"\n"


CASES: dict[str, tuple[str, bytes, Callable[[int], bytes]]] = {
    "zeek": ("zeek", HEADER, zeek),
    "zeek-json": ("zeek-json", b"", zeek_json),
    "eve": ("suricata", b"", eve),
    "eve-v1": ("suricata", b"", eve_v1),
    "dnsmasq": ("dnsmasq", b"", dnsmasq),
    "pihole": ("dnsmasq", b"", pihole),
    "route53": ("route53", b"", route53),
    "cof": ("cof", b"", cof),
    "csv": ("table", b"ts,query,answers,ttl\n", row),
    "single-rows": ("table", b"time;name;ip\n", single_rows),
    "tsv": ("table", b"#timestamp\tqname\tqtype\tanswer\n", tabbed),
    "objects": ("table", b"", objects),
}
BY_CASE = pytest.mark.parametrize("case", CASES)
KEYS = ("time", "name", "type", "answers", "ttl", "client", "sensor", "count")


def plain(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Return rows to be compared; the order within a batch is the engine's."""
    return sorted((tuple(row.get(key) for key in KEYS) for row in rows), key=repr)


@BY_CASE
@pytest.mark.parametrize("stop", [False, True])
def test_written_by_pieces_it_gives_what_the_whole_gives(
    tmp_path: Path, case: str, *, stop: bool
) -> None:
    name, header, line = CASES[case]
    content = header + b"".join(map(line, range(40)))
    expected, tally = read(format_named(name), content)
    machine = Machine(tmp_path)
    machine.create()
    sizes = itertools.cycle([37, 400, 3, 1500, 90])
    pieces, start = [], 0
    while start < len(content):
        end = start + next(sizes)
        pieces.append(content[start:end])
        start = end
    if stop:
        for piece in pieces:
            machine.write(piece)
            machine.run(idle=1)  # shorter than an answer set waits for its end
        machine.run()
    else:
        machine.run([lambda piece=piece: machine.write(piece) for piece in pieces])  # type: ignore[misc]
    assert plain(machine.keeper.rows) == plain(expected)
    assert machine.follower is not None
    assert machine.follower.format == name
    assert machine.keeper.tally.records == tally.records
    assert machine.keeper.tally.passed_over == tally.passed_over
    assert machine.keeper.tally.bad == tally.bad


@BY_CASE
def test_from_the_end_the_beginning_is_known(tmp_path: Path, case: str) -> None:
    _, header, line = CASES[case]
    machine = Machine(tmp_path)
    machine.create(header + b"".join(map(line, range(3))))
    machine.run([lambda: machine.write(line(3)), lambda: machine.write(line(4))], start="end")
    assert sorted(set(machine.keeper.numbers)) == [3, 4]
    machine.write(line(5))
    machine.run(start="end")
    assert sorted(set(machine.keeper.numbers)) == [3, 4, 5]
    assert machine.keeper.tally.bad == {}


@BY_CASE
@pytest.mark.parametrize("repeated", [True, False], ids=["own header", "no header"])
def test_the_next_file_with_and_without_a_header(
    tmp_path: Path, case: str, *, repeated: bool
) -> None:
    _, header, line = CASES[case]
    machine = Machine(tmp_path)
    machine.create(header + line(0))

    def rotate() -> None:
        machine.rename("dns.log.1")
        machine.create((header if repeated else b"") + line(1))

    machine.run([rotate, *machine.waits(30), lambda: machine.write(line(2))])
    assert sorted(set(machine.keeper.numbers)) == [0, 1, 2]
    assert machine.keeper.tally.bad == {}


def test_a_new_layout_in_the_middle_of_a_zeek_log(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.create(HEADER + zeek(0))
    turned = b"#fields\tquery\tts\tqtype_name\tanswers\tTTLs\n#types\tstring\n"
    line = b"h%d.example.com\t179550720%d.0\tA\t203.0.113.9\t30.0\n"
    machine.run([lambda: machine.write(zeek(1) + turned + line % (2, 2))])
    machine.write(line % (3, 3))
    machine.run()
    machine.rename("dns.log.1")
    machine.create(HEADER + zeek(4))
    machine.run()
    assert machine.keeper.numbers == [0, 1, 2, 3, 4]
    assert machine.keeper.tally.bad == {}


def test_a_sensor_that_changes_to_json(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.create(HEADER + zeek(0))

    def change() -> None:
        machine.rename("dns.log.1")
        machine.create(zeek_json(1))

    machine.run([change])
    assert machine.keeper.numbers == [0, 1]


def test_dnsmasq_tells_who_asked_across_pieces_and_restarts(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    at = b"Nov 24 08:00:01 dnsmasq[123]: "
    machine.create(at + b"query[A] h1.example.com from 192.0.2.77\n")
    machine.run()
    machine.write(at + b"query[A] h2.example.com from 192.0.2.78\n")
    machine.run()
    machine.write(at + b"reply h1.example.com is 203.0.113.1\n")
    machine.write(at + b"reply h2.example.com is 203.0.113.1\n")
    machine.run()
    assert [row["client"] for row in machine.keeper.rows] == ["192.0.2.77", "192.0.2.78"]
    assert machine.keeper.tally.records == 4


def test_dnsmasq_that_only_started_is_not_refused(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.create(b"Nov 24 08:00:00 dnsmasq[123]: started, version 2.90 cachesize 150\n")
    machine.run([*machine.waits(30), lambda: machine.write(dnsmasq(1))])
    assert machine.keeper.numbers == [1]
    assert machine.keeper.tally.records == 6


def test_columns_are_mapped(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.create(b"when,who,what\n179550720%d,h0.example.com,203.0.113.7\n" % 0)
    options = ReadOptions(columns={"time": "when", "name": "who", "answers": "what"})
    machine.run(
        [lambda: machine.write(b"1795507201,h1.example.com,203.0.113.7\n")],
        format="table",
        options=options,
    )
    assert machine.keeper.numbers == [0, 1]
    with pytest.raises(ConfigurationError, match="--column"):
        Machine(tmp_path).run(format="table")


PCAP = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + b"\0\n" * 50
FRAMES = struct.pack(">III", 0, 34, 2) + struct.pack(">II", 1, 22) + b"protobuf:dnstap.Dnstap"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (PCAP, "no lines to follow"),
        (FRAMES, "dnstap to a socket"),
        (b"PAR1\x15\x04\n\x15\x80", "Parquet file has no lines"),
        (b"\xfd7zXZ\x00\x00\x04\n", "not read directly"),
        (b"\x1f\x8b\x08\x00", "does not grow"),
    ],
    ids=["pcap", "dnstap", "parquet", "xz", "gzip"],
)
def test_what_has_no_lines_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    for start in ("beginning", "end"):
        machine = Machine(tmp_path, f"{start}.log")
        machine.create(content)
        with pytest.raises(UnreadableInputError, match=sentence):
            machine.run(start=start)
        assert machine.follower is not None
        assert machine.follower.health.state == "failing"


@pytest.mark.parametrize("name", ["pcap", "dnstap", "nonsense"])
def test_a_named_format_without_lines_is_refused(tmp_path: Path, name: str) -> None:
    machine = Machine(tmp_path)
    with pytest.raises(FluxhoundError):
        machine.run(format=name)


def test_a_query_log_is_refused_with_what_to_do(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.create((LOGS / "querylog" / "unbound.log").read_bytes())
    with pytest.raises(NoAnswersError, match="dnstap"):
        machine.run()


def test_what_is_unknown_is_refused_once_it_is_long(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.create(b"something else\n" * 10)
    told: list[str] = []

    def note() -> None:
        assert machine.follower is not None
        told.append(machine.follower.health.error)

    machine.run([*machine.waits(3), note])
    assert "not recognised" in told[0]
    with pytest.raises(FluxhoundError, match="not recognised"):
        machine.run(follow=False)
    machine.write(b"something else\n" * 5000)
    with pytest.raises(FluxhoundError, match="not recognised"):
        machine.run()


@pytest.mark.parametrize(
    "path", ["zeek/rotated.log", "zat/dns.json", "suricata/v2-detailed.json", "cof/cof.json"]
)
def test_real_logs_are_read_as_by_analyze(tmp_path: Path, path: str) -> None:
    content = (LOGS / path).read_bytes()
    expected, tally = read(recognise(content[:65536], path), content)
    machine = Machine(tmp_path)
    machine.create(content)
    machine.run(follow=False)
    assert plain(machine.keeper.rows) == plain(expected)
    assert machine.keeper.tally.bad == tally.bad
    assert machine.keeper.tally.passed_over == tally.passed_over
