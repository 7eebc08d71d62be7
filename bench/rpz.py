"""How soon resolvers answer by a rule that was published, and how long many rules take.

    python bench/rpz.py latency --repeats 10
    python bench/rpz.py bulk --entries 100000 --changes 1000

Needs root, network namespaces, and Knot, BIND, Unbound, PowerDNS Recursor and NSD. Everything
runs in a network of its own, with the configuration that ``fluxhound respond setup`` writes.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fluxhound.response.entries import Answer, Entry, Mode, Trigger
from fluxhound.response.publishing import Published, Publisher
from fluxhound.response.setups.options import Consumer
from fluxhound.response.zone import wanted
from tests.servers.namespace import Namespace
from tests.servers.organisation import PRIMARIES, Organisation

SINKHOLE = ("127.0.9.9",)
HOSTS = "@ A 127.0.3.1\n* A 127.0.3.1\nmany A 127.0.3.5\nmany A 127.0.3.6\n"
ZONES = {f"{name}.test.": HOSTS for name in ("flux", "nsname", "nsip", "good")}
FREE = ("127.0.3.1",)
#: Seconds after which an answer counts as not coming, and between two looks at the resolvers.
PATIENCE_S, LOOK_S = 5.0, 0.005
FRESH = itertools.count()

Latencies = dict[str, dict[Consumer, list[float | None]]]


def entry(subject: str, trigger: Trigger = Trigger.NAME, target: Sequence[str] = SINKHOLE) -> Entry:
    """Return an entry in force that answers with *target*, or NXDOMAIN without one."""
    now = datetime.now(UTC)
    return Entry(
        trigger=trigger,
        subject=subject,
        exact=trigger is not Trigger.NAME,
        mode=Mode.SINKHOLE if target else Mode.BLOCK,
        answer=Answer.ADDRESS if target else Answer.NXDOMAIN,
        target=tuple(target),
        finding=subject,
        reason="measured",
        owner="bench",
        added=now,
        expires=now + timedelta(days=1),
        approved_by="bench",
    )


class Bench:
    """An organisation, and what was measured in it."""

    def __init__(self, organisation: Organisation, publisher: Publisher) -> None:
        self.organisation = organisation
        self.publisher = publisher
        self.latencies: Latencies = {}

    def publish(self, entries: Iterable[Entry]) -> Published:
        """Make the zones hold *entries*."""
        plan = wanted(entries, self.organisation.options.names, datetime.now(UTC))
        return self.publisher.reconcile(plan.records)

    def measure(
        self, row: str, entries: Iterable[Entry], name: Callable[[], str], expected: Sequence[str]
    ) -> None:
        """Publish, and note for each resolver when it answers as *expected*."""
        begun = time.monotonic()
        self.publish(entries)
        seen = self.until(begun, name, tuple(expected))
        noted = self.latencies.setdefault(row, {each: [] for each in self.organisation.resolvers})
        for resolver, after in seen.items():
            noted[resolver].append(after)

    def until(
        self,
        begun: float,
        name: Callable[[], str],
        expected: tuple[str, ...],
        most: float = PATIENCE_S,
    ) -> Mapping[Consumer, float | None]:
        """Return after how many seconds each resolver answers as *expected*."""
        seen: dict[Consumer, float | None] = dict.fromkeys(self.organisation.resolvers)
        while None in seen.values() and time.monotonic() < begun + most:
            for resolver in [each for each, after in seen.items() if after is None]:
                if self.organisation.answer(resolver, name()) == expected:
                    seen[resolver] = time.monotonic() - begun
            time.sleep(LOOK_S)
        return seen

    def warm(self, *names: str) -> None:
        """Have *names* in every cache."""
        for resolver in self.organisation.resolvers:
            for name in names:
                self.organisation.answer(resolver, name)


def by_name(bench: Bench, number: int) -> None:
    """Measure rules about names."""
    cached = f"c{number}.flux.test"
    bench.warm(cached)
    rule = [entry("flux.test")]
    bench.measure("name, added, cached", rule, lambda: cached, SINKHOLE)
    other = [entry("flux.test", target=("127.0.9.8",))]
    bench.measure("name, changed", other, lambda: cached, ("127.0.9.8",))
    bench.measure("name, removed, cached", [], lambda: cached, FREE)
    bench.measure("name, added, fresh", rule, lambda: f"f{next(FRESH)}.flux.test", SINKHOLE)
    bench.measure("name, removed, fresh", [], lambda: f"f{next(FRESH)}.flux.test", FREE)
    bench.measure(
        "name, exact, added",
        [entry(f"e{number}.flux.test")],
        lambda: f"e{number}.flux.test",
        SINKHOLE,
    )
    bench.publish([])


def by_server(bench: Bench, number: int) -> None:
    """Measure rules about name servers and about addresses in answers."""
    address = bench.organisation.internet.addresses["nsip.test."]
    for label, zone, subject, trigger in (
        ("nsdname", "nsname.test", "ns.nsname.test", Trigger.NSDNAME),
        ("nsip", "nsip.test", address, Trigger.NSIP),
    ):
        cached = f"c{number}.{zone}"
        bench.warm(cached)
        rule = [entry(subject, trigger)]

        def fresh(zone: str = zone) -> str:
            return f"f{next(FRESH)}.{zone}"

        bench.measure(f"{label}, added, fresh", rule, fresh, SINKHOLE)
        bench.measure(f"{label}, removed, fresh", [], fresh, FREE)
        if number == 0:
            bench.warm(cached)
            bench.measure(f"{label}, added, cached", rule, lambda name=cached: name, SINKHOLE)  # type: ignore[misc]
            bench.publish([])
            bench.until(time.monotonic(), fresh, FREE)
    bench.warm("many.good.test")
    rule = [entry("127.0.3.6", Trigger.ADDRESS)]
    bench.measure("one of two addresses, added, cached", rule, lambda: "many.good.test", SINKHOLE)
    both = ("127.0.3.5", "127.0.3.6")
    bench.measure("one of two addresses, removed", [], lambda: "many.good.test", both)


@contextmanager
def organisation(primary: str) -> Iterator[Bench]:
    """Start everything."""
    with tempfile.TemporaryDirectory() as folder, Namespace() as namespace:
        started = Organisation(Path(folder), namespace, zones=ZONES, primary=primary)
        with started as made:
            yield Bench(made, made.publisher())


def shown(latencies: Sequence[float | None]) -> str:
    """Return median and maximum in milliseconds, or that nothing came."""
    came = sorted(each for each in latencies if each is not None)
    if not came:
        return f"not within {PATIENCE_S:.0f} s"
    late = f" ({len(latencies) - len(came)} never)" if len(came) < len(latencies) else ""
    rank = max(0, -(-95 * len(came) // 100) - 1)
    return f"{1000 * statistics.median(came):.0f} / {1000 * came[rank]:.0f}{late}"


def latency(arguments: argparse.Namespace) -> None:
    """Print median and 95th percentile by primary, rule and resolver."""
    for primary in arguments.primary:
        with organisation(primary) as bench:
            for number in range(arguments.repeats):
                by_name(bench, number)
            for number in range(arguments.server_repeats):
                by_server(bench, number)
        print(f"\n{primary}: median / 95th percentile in milliseconds")
        print("| rule | " + " | ".join(bench.organisation.resolvers) + " | n |")
        print("|---|---|---|---|---|")
        for row, by_resolver in bench.latencies.items():
            cells = [shown(each) for each in by_resolver.values()]
            print(f"| {row} | {' | '.join(cells)} | {len(next(iter(by_resolver.values())))} |")


def bulk(arguments: argparse.Namespace) -> None:
    """Print what loading many entries takes, and then changing some."""
    count, changes = arguments.entries, arguments.changes
    for primary in arguments.primary:
        with organisation(primary) as bench:
            many = [entry(f"kx{number}-delivery.example") for number in range(count)]
            _told(bench, primary, f"{count:,} entries loaded", many, many[-1].subject)
            extra = [entry(f"new{number}.example") for number in range(changes // 2)]
            less = many[changes - len(extra) :] + extra
            _told(bench, primary, f"{changes:,} entries changed", less, extra[-1].subject)
            done = bench.publisher.reconcile(
                wanted(less, bench.organisation.options.names, datetime.now(UTC)).records,
                thorough=True,
            )
            print(f"{primary}: all read again and compared: {done.seconds:.1f} s")


def _told(bench: Bench, primary: str, what: str, entries: Sequence[Entry], name: str) -> None:
    begun = time.monotonic()
    plan = wanted(entries, bench.organisation.options.names, datetime.now(UTC))
    made = time.monotonic() - begun
    done = bench.publisher.reconcile(plan.records)
    seen = bench.until(begun, lambda: f"www.{name}", SINKHOLE, most=120)
    answers = ", ".join(f"{each} {after:.1f} s" for each, after in seen.items() if after)
    print(
        f"{primary}: {what}: records made {made:.1f} s, {done.added:,} added and {done.removed:,} "
        f"removed in {done.messages} messages {done.seconds:.1f} s; answered after {answers}",
        flush=True,
    )


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--primary", action="append", choices=list(PRIMARIES))
    commands = parser.add_subparsers(required=True)
    each = commands.add_parser("latency")
    each.add_argument("--repeats", type=int, default=10)
    each.add_argument("--server-repeats", type=int, default=3)
    each.set_defaults(run=latency)
    each = commands.add_parser("bulk")
    each.add_argument("--entries", type=int, default=100_000)
    each.add_argument("--changes", type=int, default=1_000)
    each.set_defaults(run=bulk)
    arguments = parser.parse_args()
    arguments.primary = arguments.primary or list(PRIMARIES)
    arguments.run(arguments)


if __name__ == "__main__":
    main()
