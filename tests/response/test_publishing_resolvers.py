"""From a plan to what BIND, Unbound and PowerDNS answer, with the configuration that we write."""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fluxhound.response.entries import Answer, Entry, Mode, Trigger
from fluxhound.response.publishing import Publisher
from fluxhound.response.setups.options import Consumer
from fluxhound.response.zone import wanted
from tests.response.rules import NOW, entry, logged, passing, sinkholed
from tests.servers.daemon import until
from tests.servers.namespace import Namespace, usable
from tests.servers.organisation import PRIMARIES, Organisation, missing

pytestmark = pytest.mark.skipif(
    bool(not usable() or list(missing())), reason="needs root, network namespaces and name servers"
)
#: Seconds in which all resolvers must answer accordingly.
SOON_S = 8
SINKHOLE = ("127.0.9.9",)
FRESH = itertools.count()
HOSTS = "@ A 127.0.3.1\nwww A 127.0.3.1\n* A 127.0.3.1\n"
ZONES = {
    "good.test.": HOSTS,
    "flux.test.": HOSTS,
    "shared.test.": HOSTS,
    "nsname.test.": HOSTS,
    "nsip.test.": HOSTS,
    "many.test.": "www A 127.0.3.5\nwww A 127.0.3.6\nwww A 127.0.3.7\n",
}


class Bench:
    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        self.publisher: Publisher = organisation.publisher()

    def publish(self, *entries: Entry) -> None:
        plan = wanted(entries, self.organisation.options.names, NOW)
        assert not plan.refused
        self.publisher.reconcile(plan.records)

    def answers(self, name: str, kind: str = "A") -> set[tuple[str, ...]]:
        """Return the different answers of the resolvers."""
        return set(self.each(name, kind).values())

    def each(self, name: str, kind: str = "A") -> dict[str, tuple[str, ...]]:
        """Return the answer of each resolver."""
        every = self.organisation.resolvers
        return {each.value: self.organisation.answer(each, name, kind) for each in every}

    def become(self, name: str, *expected: str, kind: str = "A") -> None:
        """Wait until every resolver answers a name so, whatever it has in its cache."""
        until(
            lambda: self.answers(name, kind) == {expected},
            timeout_s=SOON_S,
            tell=lambda: f"{self.each(name, kind)} in place of {expected}",
        )

    def fresh(self, zone: str, *expected: str) -> None:
        """Wait until every resolver answers so to names that it was never asked."""

        def answered() -> bool:
            time.sleep(0.1)
            return self.answers(f"fresh{next(FRESH)}.{zone}") == {expected}

        until(answered, timeout_s=SOON_S)


@pytest.fixture(scope="module", params=list(PRIMARIES))
def bench(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    folder: Path = tmp_path_factory.mktemp("organisation")
    with (
        Namespace() as namespace,
        Organisation(folder, namespace, zones=ZONES, primary=request.param) as made,
    ):
        yield Bench(made)


def test_a_rule_comes_changes_and_goes_for_cached_and_fresh_names(bench: Bench) -> None:
    bench.publish()
    bench.become("www.flux.test", "127.0.3.1")
    bench.publish(sinkholed("flux.test", target=SINKHOLE))
    for name in ("www.flux.test", "flux.test", "a.b.c.flux.test"):
        bench.become(name, *SINKHOLE)
    bench.fresh("flux.test", *SINKHOLE)
    bench.become("www.flux.test", "NOERROR", kind="AAAA")
    bench.become("www.good.test", "127.0.3.1")
    bench.publish(entry("flux.test"))
    bench.become("www.flux.test", "NXDOMAIN")
    bench.publish()
    bench.become("www.flux.test", "127.0.3.1")
    bench.fresh("flux.test", "127.0.3.1")


def test_each_answer_and_an_exact_host(bench: Bench) -> None:
    bench.publish(
        entry("bad.shared.test", exact=True),
        entry("nodata.shared.test", answer=Answer.NODATA),
        entry(
            "alias.shared.test", mode=Mode.SINKHOLE, answer=Answer.CNAME, target=("www.good.test",)
        ),
        sinkholed("six.shared.test", target=("127.0.9.9", "2001:db8::9")),
        passing("ours.flux.test"),
        entry("flux.test"),
        logged("odd.shared.test"),
    )
    bench.become("bad.shared.test", "NXDOMAIN")
    bench.become("www.bad.shared.test", "127.0.3.1")
    bench.become("other.shared.test", "127.0.3.1")
    bench.become("nodata.shared.test", "NOERROR")
    bench.become("alias.shared.test", "127.0.3.1")
    bench.become("x.six.shared.test", "2001:db8::9", kind="AAAA")
    bench.become("www.flux.test", "NXDOMAIN")
    bench.become("a.ours.flux.test", "127.0.3.1")
    bench.become("odd.shared.test", "127.0.3.1")
    resolvers = bench.organisation.resolvers
    for resolver in (Consumer.BIND, Consumer.UNBOUND):
        until(lambda each=resolver: "odd.shared.test" in resolvers[each].log())  # type: ignore[misc]


@pytest.mark.parametrize("trigger", [Trigger.NSDNAME, Trigger.NSIP])
def test_name_servers_are_hit_and_let_go(bench: Bench, trigger: Trigger) -> None:
    zone = {Trigger.NSDNAME: "nsname.test", Trigger.NSIP: "nsip.test"}[trigger]
    subject = {
        Trigger.NSDNAME: f"ns.{zone}",
        Trigger.NSIP: bench.organisation.internet.addresses[f"{zone}."],
    }[trigger]
    bench.publish(sinkholed(subject, trigger=trigger, exact=True, target=SINKHOLE))
    bench.fresh(zone, *SINKHOLE)
    bench.become("www.good.test", "127.0.3.1")
    bench.publish()
    bench.fresh(zone, "127.0.3.1")


def test_an_answer_with_one_listed_address_is_rewritten_as_a_whole(bench: Bench) -> None:
    bench.publish(
        sinkholed("127.0.3.6", trigger=Trigger.ADDRESS, exact=True, target=SINKHOLE),
    )
    bench.become("www.many.test", *SINKHOLE)
    bench.publish()
    bench.become("www.many.test", "127.0.3.5", "127.0.3.6", "127.0.3.7")


def test_rules_outlive_the_primary_and_go_when_it_is_back(bench: Bench) -> None:
    bench.publish(entry("flux.test"))
    bench.become("www.flux.test", "NXDOMAIN")
    bench.organisation.primary.kill()
    assert bench.answers("www.flux.test") == {("NXDOMAIN",)}
    bench.organisation.primary.start()
    assert bench.answers("www.flux.test") == {("NXDOMAIN",)}
    bench.publish()
    bench.become("www.flux.test", "127.0.3.1")
