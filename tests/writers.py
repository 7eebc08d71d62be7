"""The same traffic in the formats that readers take: Zeek, EVE, COF, CSV.

Every writer takes an observation table as ``tests.scenarios`` makes it: rows that share time,
client and sensor are one response, the answer first, then its authority section (NS) and its
additional section (glue).
"""

from __future__ import annotations

import csv
import io
import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from types import MappingProxyType
from typing import Any

import orjson
import pyarrow as pa

TYPE_NUMBERS = {"A": 1, "NS": 2, "AAAA": 28}

#: Columns of a Zeek log, in its own order, with their types.
ZEEK_FIELDS = {
    "ts": "time",
    "uid": "string",
    "id.orig_h": "addr",
    "id.orig_p": "port",
    "id.resp_h": "addr",
    "id.resp_p": "port",
    "proto": "enum",
    "trans_id": "count",
    "rtt": "interval",
    "query": "string",
    "qclass": "count",
    "qclass_name": "string",
    "qtype": "count",
    "qtype_name": "string",
    "rcode": "count",
    "rcode_name": "string",
    "AA": "bool",
    "TC": "bool",
    "RD": "bool",
    "RA": "bool",
    "Z": "count",
    "answers": "vector[string]",
    "TTLs": "vector[interval]",
    "rejected": "bool",
}

#: TTL in seconds of a CNAME on the way; the table knows only the TTL of the addresses.
CHAIN_TTL = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One response: the rows of its sections."""

    number: int
    answer: dict[str, Any]
    authority: list[dict[str, Any]]
    additional: list[dict[str, Any]]

    @property
    def port(self) -> int:
        return 1_024 + self.number * 7_919 % 60_000

    @property
    def transaction(self) -> int:
        return self.number * 31_337 % 65_536


def responses(table: pa.Table) -> Iterator[Response]:
    """Group the rows of a table into responses."""
    groups = groupby(table.to_pylist(), key=lambda r: (r["time"], r["client"], r["sensor"]))
    for number, (_, group) in enumerate(groups):
        first, *others = group
        yield Response(
            number=number,
            answer=first,
            authority=[row for row in others if row["type"] == "NS"],
            additional=[row for row in others if row["type"] != "NS"],
        )


def records(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a row's records as they stand in a message: owner, type, TTL, rdata."""
    owner, found = row["name"], []
    for value in row["answers"].split(","):
        alias = row["type"] != "NS" and not _is_address(value)
        kind, ttl = ("CNAME", CHAIN_TTL) if alias else (row["type"], row["ttl"])
        found.append({"rrname": owner, "rrtype": kind, "ttl": ttl, "rdata": value})
        owner = value if alias else owner
    return found


def zeek_tsv(table: pa.Table) -> bytes:
    """Write a Zeek dns.log; it has no authority and no additional section."""
    header = [
        "#separator \\x09",
        "#set_separator\t,",
        "#empty_field\t(empty)",
        "#unset_field\t-",
        "#path\tdns",
        "#open\t2026-11-02-00-00-00",
        "\t".join(["#fields", *ZEEK_FIELDS]),
        "\t".join(["#types", *ZEEK_FIELDS.values()]),
    ]
    lines = ["\t".join(map(_zeek_text, _zeek_row(r).values())) for r in responses(table)]
    return "\n".join([*header, *lines, "#close\t2026-11-03-00-00-00", ""]).encode()


def zeek_json(table: pa.Table) -> bytes:
    """Write a Zeek dns.log in its JSON form, times as epoch seconds."""
    return _json_lines(_zeek_row(response) for response in responses(table))


def eve_v2(table: pa.Table) -> bytes:
    """Write Suricata's EVE dns version 2, detailed: a query and an answer event each.

    Version 2 shows the authority section, and not the additional one.
    """
    return _json_lines(event for r in responses(table) for event in _eve_events(r))


def cof(table: pa.Table) -> bytes:
    """Write passive DNS (Common Output Format): one line for each RRset, without TTLs."""
    seen: dict[tuple[str, str, tuple[str, ...]], list[float]] = {}
    for row in table.to_pylist():
        for (owner, kind), group in groupby(records(row), lambda r: (r["rrname"], r["rrtype"])):
            rdata = tuple(sorted(r["rdata"] for r in group))
            seen.setdefault((owner, kind, rdata), []).append(row["time"])
    return _json_lines(
        {
            "rrname": owner,
            "rrtype": kind,
            "rdata": rdata[0] if len(rdata) == 1 else rdata,
            "time_first": int(min(times)),
            "time_last": int(max(times)),
            "count": len(times),
        }
        for (owner, kind, rdata), times in seen.items()
    )


def csv_table(table: pa.Table) -> bytes:
    """Write our own columns, but those for aggregates, as CSV with a header."""
    names = ["time", "name", "type", "answers", "ttl", "client", "sensor"]
    out = io.StringIO()
    writer = csv.DictWriter(out, names, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(row | {"time": f"{row['time']:.6f}"} for row in table.to_pylist())
    return out.getvalue().encode()


#: Name of a format as in ``--input-format`` would have it -> its writer.
WRITERS: MappingProxyType[str, Callable[[pa.Table], bytes]] = MappingProxyType(
    {
        "zeek-tsv": zeek_tsv,
        "zeek-json": zeek_json,
        "eve-v2": eve_v2,
        "cof": cof,
        "csv": csv_table,
    }
)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _json_lines(rows: Iterator[dict[str, Any]]) -> bytes:
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


def _zeek_row(response: Response) -> dict[str, Any]:
    answer = response.answer
    found = records(answer)
    return {
        "ts": answer["time"],
        "uid": f"C{response.number:017d}",
        "id.orig_h": answer["client"],
        "id.orig_p": response.port,
        "id.resp_h": answer["sensor"],
        "id.resp_p": 53,
        "proto": "udp",
        "trans_id": response.transaction,
        "rtt": 0.012,
        "query": answer["name"],
        "qclass": 1,
        "qclass_name": "C_INTERNET",
        "qtype": TYPE_NUMBERS[answer["type"]],
        "qtype_name": answer["type"],
        "rcode": 0,
        "rcode_name": "NOERROR",
        "AA": False,
        "TC": False,
        "RD": True,
        "RA": True,
        "Z": 0,
        "answers": [record["rdata"] for record in found],
        "TTLs": [float(record["ttl"]) for record in found],
        "rejected": False,
    }


def _zeek_text(value: Any) -> str:
    if isinstance(value, bool):
        return "T" if value else "F"
    if isinstance(value, float):
        return f"{value:.6f}"
    if isinstance(value, list):
        return ",".join(map(_zeek_text, value))
    return str(value)


def _eve_events(response: Response) -> Iterator[dict[str, Any]]:
    answer = response.answer
    time = datetime.fromtimestamp(answer["time"], UTC).strftime("%Y-%m-%dT%H:%M:%S.%f+0000")
    event = {
        "timestamp": time,
        "flow_id": 1_000_000_000 + response.number,
        "event_type": "dns",
        "src_ip": answer["client"],
        "src_port": response.port,
        "dest_ip": answer["sensor"],
        "dest_port": 53,
        "proto": "UDP",
    }
    question = {"rrname": answer["name"], "rrtype": answer["type"], "id": response.transaction}
    yield event | {"dns": {"type": "query", **question, "tx_id": 0, "opcode": 0}}
    flags = {"flags": "8180", "qr": True, "rd": True, "ra": True, "opcode": 0}
    dns = {"version": 2, "type": "answer", **question, **flags, "rcode": "NOERROR"}
    dns["answers"] = records(answer)
    if response.authority:
        dns["authorities"] = [record for row in response.authority for record in records(row)]
    yield event | {"dns": dns}
