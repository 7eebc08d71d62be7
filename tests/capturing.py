"""Traffic as a packet capture with all sections, written with dnspython."""

from __future__ import annotations

import struct
from collections import defaultdict
from ipaddress import ip_address

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import pyarrow as pa

from tests.writers import Response, records, responses

PORT = 53
RAW = 101  # link type: packets begin with their IP header


def pcap(table: pa.Table) -> bytes:
    """Write the responses of a table as UDP over IPv4, from the resolver to the client."""
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 16, RAW)
    return head + b"".join(_packet(response) for response in responses(table))


def _packet(response: Response) -> bytes:
    answer = response.answer
    octets = _message(response)
    udp = struct.pack(">HHHH", PORT, response.port, 8 + len(octets), 0) + octets
    source, target = (ip_address(answer[who]).packed for who in ("sensor", "client"))
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + source + target
    seconds, micro = divmod(round(answer["time"] * 1_000_000), 1_000_000)
    size = len(ip) + len(udp)
    return struct.pack("<IIII", seconds, micro, size, size) + ip + udp


def _message(response: Response) -> bytes:
    answer = response.answer
    query = dns.message.make_query(answer["name"], answer["type"], id=response.transaction)
    message = dns.message.make_response(query, recursion_available=True)
    message.answer += _sets([answer])
    message.authority += _sets(response.authority)
    message.additional += _sets(response.additional)
    return message.to_wire()


def _sets(rows: list[dict[str, object]]) -> list[dns.rrset.RRset]:
    found: dict[tuple[str, str, int], list[str]] = defaultdict(list)
    for row in rows:
        for each in records(row):
            value = each["rdata"] + ("." if each["rrtype"] in {"NS", "CNAME"} else "")
            found[each["rrname"] + ".", each["rrtype"], each["ttl"]].append(value)
    return [
        dns.rrset.from_text_list(owner, ttl, "IN", kind, values)
        for (owner, kind, ttl), values in found.items()
    ]
