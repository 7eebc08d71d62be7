"""The live service under load: a real resolver, a load generator and ``fluxhound serve``.

    python bench/serve.py --seconds 600 --rate 30000
    python bench/serve.py --seconds 600 --rate 30000 --resolver bind

Everything runs in a network namespace with nothing but loopback, on this machine and at the same
time: NSD as the Internet, Unbound or BIND with dnstap, dnsperf, and the service with detection on.
In the end every frame is accounted for: the resolver's own counts stand beside the service's.

Unbound counts what its clients asked and for how many questions it had to ask itself; each of these
is at least one frame, what it asks for itself (the root, name servers) comes on top. BIND counts
the frames that it sent, and those that it dropped.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # as a script, bench is no package

from bench.service import Sample, Service
from tests.servers import bind, unbound
from tests.servers.bind import Bind
from tests.servers.namespace import Namespace
from tests.servers.nsd import Internet
from tests.servers.unbound import Unbound

ZONES = 50
#: Seconds between two rows of the table.
ROW_S = 10.0
#: The count has settled when it did not change for so long: resolvers send what waits after 2 s.
SETTLED_S, MOST_SETTLING_S = 6.0, 180.0
CONFIGURATION = """
[engine]
store = "{folder}/flux.duckdb"
memory = "1GiB"
[[sensor]]
name = "resolver"
input = "{input}"
[[destination]]
name = "file"
kind = "file"
path = "{folder}/alerts.jsonl"
"""
#: See docs/dnstap.md for the reasons.
BIND_QUEUE = """
  fstrm-set-flush-timeout 1;
  fstrm-set-input-queue-size 16384;
  fstrm-set-output-notify-threshold 16320;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What the resolver says; *exact*: of frames, else the least that there must be."""

    sent: int
    dropped: int
    exact: bool
    what: str


def zones(count: int) -> dict[str, str]:
    """Return zones whose wildcards answer any name, with one to four addresses."""
    made = {}
    for at in range(count):
        addresses = "".join(f"* 300 A 198.51.{at}.{k + 1}\n" for k in range(1 + at % 4))
        made[f"zone{at}.test."] = addresses
    return made


def questions(path: Path, *, names: int) -> None:
    """Write the names to ask for: every fourth one is popular."""
    with path.open("w") as file:
        for at in range(names):
            host = at // 4 % 2000 if at % 4 == 0 else at
            file.write(f"h{host}.zone{host % ZONES}.test A\n")


@contextlib.contextmanager
def resolver(
    kind: str, folder: Path, namespace: Namespace, internet: Internet, tap: str, threads: int = 1
) -> Iterator[Unbound | Bind]:
    """Run a resolver that logs to *tap*, both sides."""
    one: Unbound | Bind
    if kind == "bind":
        options = bind.dnstap(tap, "client response; resolver response;", identity="resolver")
        options += BIND_QUEUE
        one = Bind(folder / "bind", namespace, hints=internet.hints, options=options)
    else:
        one = Unbound(
            folder / "unbound",
            namespace,
            hints=internet.hints,
            clauses=unbound.dnstap(tap, identity="resolver"),
            threads=threads,
            server=("rrset-roundrobin: yes", "msg-cache-size: 128m", "rrset-cache-size: 256m"),
        )
    with one:
        yield one


def counted(one: Unbound | Bind) -> Counted:
    """Return what the resolver counted."""
    if isinstance(one, Bind):
        stats = one.statistics().get("dnstapstats", {})
        sent, dropped = stats.get("DNSTAPsuccess", 0), stats.get("DNSTAPdropped", 0)
        return Counted(sent=sent, dropped=dropped, exact=True, what="frames sent")
    asked, fetched = one.count("total.num.queries"), one.count("total.num.recursivereplies")
    what = f"{asked:,} questions of clients, {fetched:,} of them asked on: frames at least"
    return Counted(sent=asked + fetched, dropped=0, exact=False, what=what)


def row(before: Sample, now: Sample, began: float) -> str:
    """Return one row of the table."""
    passed = now.at - before.at
    return (
        f"| {now.at - began:.0f} | {(now.records - before.records) / passed:,.0f} "
        f"| {now.lag_s:.2f} | {now.memory >> 20:,} | {(now.cpu_s - before.cpu_s) / passed:.0%} "
        f"| {(now.receivers_s - before.receivers_s) / passed:.0%} |"
    )


def settled(service: Service) -> Sample:
    """Wait until the service counts no more, and return what it counted."""
    last, since = service.sample(), time.monotonic()
    end = since + MOST_SETTLING_S
    while time.monotonic() - since < SETTLED_S and time.monotonic() < end:
        time.sleep(0.5)
        now = service.sample()
        if now.records != last.records:
            since = time.monotonic()
        last = now
    return last


def load(service: Service, command: list[str]) -> str:
    """Run dnsperf, print a row every ten seconds, and return what it said."""
    print(
        "| second | records/s | lag, s | memory, MiB | CPU of the service | of it receiving |\n"
        "|---:|---:|---:|---:|---:|---:|",
        flush=True,
    )
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as dnsperf:
        before = service.sample()
        began = before.at
        while dnsperf.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                dnsperf.wait(ROW_S)
            now = service.sample()
            print(row(before, now, began), flush=True)
            before = now
        said: str = dnsperf.communicate()[0]
    return said


def report(last: Sample, given: Counted, said: str) -> str:
    """Return whether every frame is accounted for, as text."""
    missing = given.sent - last.records
    wanted = ("Queries completed", "Queries lost", "Queries per second", "Average Latency")
    lines = [line.strip() for line in said.splitlines() if line.strip().startswith(wanted)]
    lines += [
        f"resolver: {given.sent:,} ({given.what}), {given.dropped:,} dropped by itself",
        f"service:  {last.records:,} frames, {last.rejected:,} of them bad, {last.shed:,} shed",
        *(f"          {count:,} {reason}" for reason, count in sorted(last.reasons.items())),
        f"processor time of the service: {each(last.cpu_s, last)}",
        f"      receiving and decoding: {each(last.receivers_s, last)}",
    ]
    share = missing / max(given.sent, 1)
    if missing > 0 or (given.exact and missing):
        lines.append(f"NOT ACCOUNTED FOR: {missing:,} frames ({share:.3%})")
    elif given.exact:
        lines.append("every frame is accounted for")
    else:
        lines.append(f"every frame is accounted for, and {-missing:,} that the resolver asked for")
    return "\n".join(lines)


def each(seconds: float, last: Sample) -> str:
    """Return *seconds* for each frame, as text."""
    return f"{seconds / max(last.records, 1) * 1e6:.1f} microseconds a frame"


def run(
    *, seconds: int, rate: int, names: int, kind: str, transport: str, threads: int = 1
) -> None:
    """Run the benchmark and print its table."""
    folder = Path(tempfile.mkdtemp(prefix="fluxhound-bench-"))
    asked = folder / "questions"
    questions(asked, names=names)
    unix = transport == "unix"
    source = f"dnstap+unix:{folder}/dnstap.sock" if unix else "dnstap+tcp://127.0.0.1:6000"
    tap = f"{folder}/dnstap.sock" if unix else "127.0.0.1@6000"
    try:
        with (
            Namespace() as namespace,
            Internet(folder / "net", namespace, zones(ZONES)) as internet,
            Service(
                folder,
                CONFIGURATION.format(folder=folder, input=source),
                command=namespace.command,
                enter=namespace.entered,
            ) as service,
            resolver(kind, folder, namespace, internet, tap, threads) as one,
        ):
            time.sleep(2)  # until it is connected
            where = ["-s", one.address, "-p", str(one.port), "-d", str(asked)]
            words = [*where, "-l", str(seconds), "-Q", str(rate), "-c", "8", "-T", "1"]
            said = load(service, namespace.command("dnsperf", *words))
            last = settled(service)
            print(report(last, counted(one), said))
            print(service.log())
    finally:
        shutil.rmtree(folder)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--rate", type=int, default=30_000, help="questions a second")
    parser.add_argument("--names", type=int, default=200_000)
    parser.add_argument("--resolver", choices=("unbound", "bind"), default="unbound")
    parser.add_argument("--threads", type=int, default=1, help="threads of Unbound")
    parser.add_argument("--transport", choices=("unix", "tcp"), default="unix")
    given = parser.parse_args()
    if given.resolver == "bind" and given.transport == "tcp":
        parser.error("BIND has no dnstap over TCP.")
    run(
        seconds=given.seconds,
        rate=given.rate,
        names=given.names,
        kind=given.resolver,
        transport=given.transport,
        threads=given.threads,
    )


if __name__ == "__main__":
    main()
