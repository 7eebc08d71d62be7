"""Syslog as a receiver reads it: an oracle by the grammar of RFC 5424, and octet counting."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

HEAD = re.compile(
    rb"<(\d{1,3})>1 (-|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z) "
    rb"([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) "
)
ELEMENT = re.compile(rb'\[([^ =\]"]{1,32})((?: [^ =\]"]{1,32}="(?:[^"\\\]]|\\["\\\]])*")*)\]')
PARAMETER = re.compile(rb' ([^ =\]"]+)="((?:[^"\\\]]|\\["\\\]])*)"')


@dataclass
class Message:
    priority: int
    time: str
    host: str
    app: str
    process: str
    kind: str
    message: bytes
    structured: dict[str, dict[str, str]] = field(default_factory=dict)


def parse(octets: bytes) -> Message:
    found = HEAD.match(octets)
    assert found, octets[:200]
    priority, *texts = found.groups()
    assert int(priority) <= 191
    rest = octets[found.end() :]
    structured: dict[str, dict[str, str]] = {}
    if rest.startswith(b"-"):
        rest = rest[1:]
    else:
        assert rest.startswith(b"["), rest[:200]
        while element := ELEMENT.match(rest):
            name, parameters = element.groups()
            assert name.decode() not in structured
            structured[name.decode()] = {
                key.decode(): re.sub(r'\\(["\\\]])', r"\1", text.decode())
                for key, text in PARAMETER.findall(parameters)
            }
            rest = rest[element.end() :]
    assert rest[:1] == b" ", rest[:200]
    time, host, app, process, kind = (text.decode() for text in texts)
    return Message(int(priority), time, host, app, process, kind, rest[1:], structured)


def frames(stream: bytes) -> tuple[list[bytes], bytes]:
    """Return the messages of a stream with octet counting (RFC 6587, 3.4.1), and the rest."""
    found = []
    while counted := re.match(rb"([1-9]\d{0,6}) ", stream):
        length = int(counted.group(1))
        if len(stream) < counted.end() + length:
            break
        found.append(stream[counted.end() : counted.end() + length])
        stream = stream[counted.end() + length :]
    return found, stream
