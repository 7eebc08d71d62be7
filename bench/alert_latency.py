"""From the answer that decides to the alert in a listening syslog server, under load.

    python bench/alert_latency.py --seconds 120 --rate 10000

The service runs as a process of its own and is sent dnstap over a Unix socket: at *rate* answers a
second to 20,000 names that hardly ever move, and among them 40 names in flux that appear one after
the other, each with other access lines of a pool of its own every second or two. Two syslog
servers listen on loopback, one for UDP and one for TCP. Afterwards ``analyze`` judges the first
answers of all names, then the first two, and so on (no two names share an address, so none decides
about another): the first after which a name is a finding is the one that decides. From the
service's own log at -vv comes where the time went.
"""

from __future__ import annotations

import argparse
import random
import re
import socket
import statistics
import struct
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import dnstap_pb

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # as a script, bench is no package

from bench.live_judging import hosts
from bench.service import Service
from fluxhound.service.analysis import analyze
from fluxhound.sources.dnstap import CONTENT_TYPE
from fluxhound.sources.framestream import START, STOP
from fluxhound.sources.handshake import control_frame

NAMES, FLUX, ANSWERS = 20_000, 40, 12
#: Of the background, what is judged again to find the deciding answers: it has no part in them.
CALM = 3_000
#: Access lines that one name in flux has, and how many it shows at once, at least and at most.
POOL, FEWEST, MOST = 30, 1, 4
#: Background is sent in pieces, as a resolver's writer does.
PIECE_S = 0.02
#: What the time between the deciding answer and the alert goes to, in order.
HOPS = (
    "until the answer of the look that told it (later than the deciding one)",
    "input, line and commit",
    "behind a look that was under way",
    "until a look began",
    "the look",
    "noting it (intelligence, ledger, outbox)",
    "to the listener",
)
TIMES = ("taken", "free", "began", "judged")
TOLD = re.compile(
    r"told (?P<name>[^ ]+): " + " ".join(rf"{time} (?P<{time}>[0-9.]+)" for time in TIMES)
)
NOTED = re.compile(r"noted (?P<name>[^ ]+): (?P<at>[0-9.]+)")
Floats = list[float]
CONFIGURATION = """
[engine]
store = "{folder}/flux.duckdb"
memory = "1GiB"
[service]
listen = "127.0.0.1:{web}"
[alerts]
ceiling_per_hour = 10000
[[sensor]]
name = "resolver"
input = "dnstap+unix:{folder}/dnstap.sock"
[[destination]]
name = "udp"
kind = "syslog"
format = "json"
address = "udp://127.0.0.1:{udp}"
[[destination]]
name = "tcp"
kind = "syslog"
format = "json"
address = "tcp://127.0.0.1:{tcp}"
"""


def labels(name: str) -> bytes:
    """Return a name in wire format."""
    return b"".join(bytes([len(each)]) + each.encode() for each in name.split(".")) + b"\0"


def message(name: str, addresses: Sequence[str], *, ttl: int) -> bytes:
    """Return a response with A records."""
    head = struct.pack("!6H", random.getrandbits(16), 0x8400, 1, len(addresses), 0, 0)
    records = b"".join(
        b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, ttl, 4) + socket.inet_aton(each)
        for each in addresses
    )
    return head + labels(name) + b"\0\1\0\1" + records


def frame(content: bytes, now: float) -> bytes:
    """Return a data frame with its length: what a resolver got at *now*."""
    about = dnstap_pb.Message(
        type=dnstap_pb.Message.RESOLVER_RESPONSE,
        query_address=b"\x7f\0\0\1",
        response_address=b"\xc0\0\2\x35",
        response_time_sec=int(now),
        response_time_nsec=int(now % 1 * 1e9),
        response_message=content,
    )
    built = dnstap_pb.Dnstap(type=1, identity=b"resolver-1", message=about).SerializeToString()
    return struct.pack("!I", len(built)) + bytes(built)


def background() -> list[bytes]:
    """Return one response for each name that hardly moves: one to four servers in one network."""
    networks = [text.rpartition(".")[0] for text in hosts("hosting", 2000)]
    made = []
    for at in range(NAMES):
        near = networks[at // 3 % len(networks)]
        shown = [f"{near}.{1 + (at + k) % 250}" for k in range(1 + at % 4)]
        made.append(message(f"www{at}.site{at // 3}.com", shown, ttl=300))
    return made


@dataclass(slots=True)
class Sent:
    """What was sent of the names in flux: when, by the monotonic clock, and the frames."""

    at: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    order: list[tuple[str, bytes]] = field(default_factory=list)


def timetable(seconds: float, names: int, chance: random.Random) -> list[tuple[float, str]]:
    """Return when each name in flux is to give an answer."""
    found = []
    for at in range(names):
        name, moment = f"f{chance.getrandbits(32):08x}.com", 5 + max(seconds - 30, 5) * at / names
        for _ in range(ANSWERS):
            found.append((moment, name))
            moment += chance.uniform(1.0, 2.0)
    return sorted(found)


def send(path: Path, *, seconds: float, rate: int, names: int, seed: int) -> Sent:
    """Be the resolver, and return what was sent of the names in flux."""
    chance, sent = random.Random(seed), Sent()  # noqa: S311 - seeded on purpose
    calm, lines = background(), hosts("access", POOL * names)
    pools: dict[str, list[str]] = {}
    shown: dict[str, int] = {}
    due = timetable(seconds, names, chance)
    due.reverse()
    with socket.socket(socket.AF_UNIX) as writer:
        writer.connect(str(path))
        writer.sendall(control_frame(START, CONTENT_TYPE))
        began, given = time.monotonic(), 0
        while (passed := time.monotonic() - began) < seconds:
            now, wanted = time.time(), int(passed * rate)
            piece = b"".join(frame(calm[each % NAMES], now) for each in range(given, wanted))
            given = wanted
            writer.sendall(piece)
            while due and due[-1][0] <= passed:
                name = due.pop()[1]
                at = POOL * len(pools)
                pool = pools.setdefault(name, lines[at : at + POOL])
                count = shown.setdefault(name, chance.randint(FEWEST, MOST))
                one = frame(message(name, chance.sample(pool, count), ttl=60), time.time())
                sent.order.append((name, one))
                sent.at[name].append(time.monotonic())
                writer.sendall(one)
            time.sleep(PIECE_S)
        writer.sendall(control_frame(STOP))
    print(f"{given:,} answers sent, {given / seconds:,.0f} a second", flush=True)
    return sent


def deciding(sent: Sent, folder: Path) -> dict[str, int]:
    """Return which answer (0 is the first) made each name a finding."""
    found: dict[str, int] = {}
    answers: dict[str, list[bytes]] = defaultdict(list)
    for name, octets in sent.order:
        answers[name].append(octets)
    now = time.time() - 3600
    path = folder / "so_far.dnstap"
    for number in range(max(map(len, answers.values()), default=0)):
        calm = [frame(each, now) for each in background()[:CALM]]
        shown = [octets for each in answers.values() for octets in each[: number + 1]]
        path.write_bytes(
            b"".join((control_frame(START, CONTENT_TYPE), *calm, *shown, control_frame(STOP)))
        )
        with analyze([path]) as result:
            told = {known for each in result for known in (each.name, each.registered_domain)}
        for name in answers.keys() & told:
            found.setdefault(name, number)
    return found


class Listener:
    """A syslog server that notes when a name was told first."""

    def __init__(self, kind: str) -> None:
        udp = kind == "udp"
        self.socket = socket.socket(type=socket.SOCK_DGRAM if udp else socket.SOCK_STREAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.told: list[tuple[float, bytes]] = []
        if not udp:
            self.socket.listen()
        target = self._datagrams if udp else self._stream
        threading.Thread(target=target, daemon=True).start()

    def _datagrams(self) -> None:
        while True:
            octets = self.socket.recv(1 << 16)
            self.told.append((time.monotonic(), octets))

    def _stream(self) -> None:
        while True:
            caller = self.socket.accept()[0]
            threading.Thread(target=self._lines, args=(caller,), daemon=True).start()

    def _lines(self, caller: socket.socket) -> None:
        while octets := caller.recv(1 << 20):
            self.told.append((time.monotonic(), octets))

    def first(self, name: str) -> float | None:
        """Return when *name* was told first."""
        wanted = name.encode()
        return next((at for at, octets in self.told if wanted in octets), None)


def late(sent: Sent, decided: Mapping[str, int], listener: Listener) -> Iterator[float]:
    """Yield the seconds from the deciding answer to the alert; infinity where none came."""
    for name, number in decided.items():
        told = listener.first(name)
        yield float("inf") if told is None else told - sent.at[name][number]


def hops(sent: Sent, decided: Mapping[str, int], arrived: Listener, said: str) -> dict[str, Floats]:
    """Return the seconds of each hop, over all names that were told; *said* is the service's log.

    A hop is from one moment to the next: sent, committed and taken by the judge, the look before
    it ended, the look began, it was judged, it was noted in the outbox, it arrived.
    """
    found: dict[str, Floats] = {hop: [] for hop in HOPS}
    looks = {
        each["name"]: each for each in map(re.Match.groupdict, reversed(list(TOLD.finditer(said))))
    }
    noted = {each["name"]: float(each["at"]) for each in reversed(list(NOTED.finditer(said)))}
    for name, number in decided.items():
        told, at = arrived.first(name), sent.at[name]
        if told is None or name not in looks or name not in noted:
            continue
        taken, free, began, judged = (float(looks[name][k]) for k in TIMES)
        taken = max(taken, at[number])  # where an answer before it waited, too
        last = max(each for each in at if each <= taken)
        free = min(max(taken, free), began)
        moments = (at[number], last, taken, free, began, judged, noted[name], told)
        for hop, one, other in zip(HOPS, moments, moments[1:], strict=False):
            found[hop].append(other - one)
    return found


def row(what: str, seconds: Sequence[float]) -> str:
    """Return one row of the table; a name that was never told counts as infinitely late."""
    ordered = sorted(seconds)
    if not ordered:
        return f"| {what} | 0 | - | - | - |"
    most = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return (
        f"| {what} | {len(ordered)} | {statistics.median(ordered):.2f} | {most:.2f} "
        f"| {ordered[-1]:.2f} |"
    )


def free_port() -> int:
    """Return a port that nobody has."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


def run(*, seconds: float, rate: int, names: int, seed: int) -> None:
    """Measure and print the table."""
    listeners = {kind: Listener(kind) for kind in ("udp", "tcp")}
    with tempfile.TemporaryDirectory(prefix="fluxhound-bench-") as text:
        folder, web = Path(text), free_port()
        configuration = CONFIGURATION.format(
            folder=folder, web=web, udp=listeners["udp"].port, tcp=listeners["tcp"].port
        )
        with Service(folder, configuration, listen=f"127.0.0.1:{web}", command=loud) as service:
            before = service.sample()
            sent = send(folder / "dnstap.sock", seconds=seconds, rate=rate, names=names, seed=seed)
            after = service.sample()
            share = (after.cpu_s - before.cpu_s) / (after.at - before.at)
            time.sleep(10)  # what is late is measured, too
            print(f"the service took {share:.0%} of a core; {service.log()}", flush=True)
            told = sum(listeners["udp"].first(name) is not None for name in sent.at)
            print(f"{len(sent.at)} names in flux were asked for, {told} were told", flush=True)
        said = (folder / "service.log").read_text()
        decided = deciding(sent, folder)
    tell(sent, decided, listeners, said)


def tell(
    sent: Sent, decided: Mapping[str, int], listeners: Mapping[str, Listener], said: str
) -> None:
    """Print the tables."""
    numbers = sorted(1 + each for each in decided.values())
    print(f"{len(decided)} of {len(sent.at)} are findings of analyze, by answer {numbers}")
    never = sorted(set(decided) - {n for n in decided if listeners["udp"].first(n) is not None})
    print(f"never told of these: {len(never)} {' '.join(never)}")
    print("\n| server | alerts | median, s | p95, s | most, s |\n|---|---:|---:|---:|---:|")
    for kind, listener in listeners.items():
        print(row(kind, list(late(sent, decided, listener))))
    print("\n| hop | alerts | median, s | p95, s | most, s |\n|---|---:|---:|---:|---:|")
    for hop, seconds in hops(sent, decided, listeners["udp"], said).items():
        print(row(hop, seconds))
    print("\n| decided by answer | answers sent until the alert | s |\n|---:|---:|---:|")
    for name, number in sorted(decided.items(), key=lambda each: each[1]):
        arrived = listeners["udp"].first(name) or float("inf")
        shown = sum(at < arrived for at in sent.at[name])
        print(f"| {1 + number} | {shown} | {arrived - sent.at[name][number]:.2f} |")


def loud(*words: str) -> list[str]:
    """Return the command with the log that tells of every alert when it was where."""
    return [*words, "-vv"]


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--rate", type=int, default=10_000, help="answers a second beside")
    parser.add_argument("--names", type=int, default=FLUX, help="names in flux")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    run(seconds=given.seconds, rate=given.rate, names=given.names, seed=given.seed)


if __name__ == "__main__":
    main()
