"""The dnstap input with the name servers that people run: Unbound, BIND, PowerDNS Recursor."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from fluxhound.sources.live import RUNNING, Portion
from fluxhound.sources.sockets import Address, TcpAddress, UnixAddress
from fluxhound.sources.tap import DnstapInput
from fluxhound.sources.tapframes import GIVEN
from tests.servers import bind, namespace, recursor, unbound
from tests.servers.bind import Bind
from tests.servers.daemon import until
from tests.servers.namespace import Namespace
from tests.servers.nsd import Internet
from tests.servers.recursor import Recursor
from tests.servers.unbound import Unbound
from tests.sources.tapping import Kept

PAGE = Path(__file__).parent.parent.parent / "docs" / "dnstap.md"
PROGRAMS = ("nsd", "unbound", "unbound-control", "named", "pdns_recursor", "rec_control", "dnsperf")
MISSING = [each for each in PROGRAMS if not shutil.which(each, path="/usr/sbin:/usr/bin")]

pytestmark = pytest.mark.skipif(
    bool(MISSING) or not namespace.usable(),
    reason=f"needs root on Linux and these programs: {MISSING}",
)

ZONES = {
    "flux.test.": "www 30 A 198.51.100.1\nwww 30 A 198.51.100.2\nwww AAAA 2001:db8::1\n",
    "good.test.": "* A 192.0.2.2\nalias CNAME www.flux.test.\n",
}
NAMES = ["www.flux.test", "alias.good.test", "absent.flux.test"]
NAMES += [f"host{number % 50}.good.test" for number in range(200)]
CHAIN = "www.flux.test,198.51.100.1,198.51.100.2"


@pytest.fixture(scope="module")
def network() -> Iterator[Namespace]:
    with Namespace() as made:
        yield made


@pytest.fixture(scope="module")
def internet(network: Namespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Internet]:
    with Internet(tmp_path_factory.mktemp("net"), network, ZONES) as made:
        yield made


@contextlib.contextmanager
def listening(network: Namespace, address: Address, kept: Kept) -> Iterator[DnstapInput]:
    """Run an input whose sockets are in *network*."""
    one, stop = DnstapInput(name="tap", address=address), threading.Event()

    def run() -> None:
        with network.entered():
            one.run(kept, stop, None)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        until(lambda: one.health.state == RUNNING)
        yield one
    finally:
        stop.set()
        thread.join(10)


def connected(one: DnstapInput) -> None:
    until(lambda: one.health.connections > 0)


def found(kept: Kept) -> dict[str, set[str]]:
    """Return the answers to each name, addresses sorted."""
    rows: dict[str, set[str]] = {}
    for row in kept.rows():
        if row["type"] == "A":
            answers = ",".join(sorted(row["answers"].split(","), key=lambda t: (t[0].isdigit(), t)))
            rows.setdefault(row["name"], set()).add(answers)
    return rows


def shown(kept: Kept, name: str) -> bool:
    """Tell whether there is an answer to a name."""
    return name in found(kept)


@pytest.mark.parametrize("transport", ["unix", "tcp"])
def test_unbound(transport: str, network: Namespace, internet: Internet, tmp_path: Path) -> None:
    unix = transport == "unix"
    address = UnixAddress(tmp_path / "s") if unix else TcpAddress("127.0.0.1", 6000)
    where = str(tmp_path / "s") if unix else "127.0.0.1@6000"
    kept = Kept()
    with (
        listening(network, address, kept) as one,
        Unbound(
            tmp_path / "u",
            network,
            hints=internet.hints,
            clauses=unbound.dnstap(where, identity="resolver-1"),
        ) as server,
    ):
        connected(one)
        server.ask_all(NAMES)
        # All but the absent name have rows. A stop would lose what Unbound did not send yet.
        until(
            lambda: kept.passed_over[GIVEN] == len(NAMES) - 1,
            tell=lambda: (kept.passed_over, kept.records),
        )
    assert kept.bad == {}
    assert found(kept)["www.flux.test"] == {"198.51.100.1,198.51.100.2"}
    assert found(kept)["host7.good.test"] == {"192.0.2.2"}
    assert {row["type"] for row in kept.rows()} == {"A", "NS"}
    assert {row["sensor"] for row in kept.rows()} == {"resolver-1"}
    assert {row["client"] for row in kept.rows()} == {None}
    assert kept.asked()["host7.good.test", "127.0.0.1"] == 4


def test_every_response_of_unbound_is_accounted_for(
    network: Namespace, internet: Internet, tmp_path: Path
) -> None:
    kept = Kept()
    clause = unbound.dnstap(str(tmp_path / "s"), resolver=False)
    with (
        listening(network, UnixAddress(tmp_path / "s"), kept) as one,
        Unbound(tmp_path / "u", network, hints=internet.hints, clauses=clause) as server,
    ):
        connected(one)
        server.ask_all(NAMES * 3)
        told = server.count("total.num.queries")
        assert told >= 3 * len(NAMES)
        until(lambda: kept.records >= told, tell=lambda: (told, kept.records))
    assert kept.records == told
    assert kept.asked() == {}
    assert {row["client"] for row in kept.rows()} == {"127.0.0.1"}
    assert CHAIN in found(kept)["alias.good.test"]


def test_nothing_is_lost_while_the_service_is_busy(
    network: Namespace, internet: Internet, tmp_path: Path
) -> None:
    """For seconds nothing is taken, more than Unbound and the kernel hold: the reservoir does."""

    class Busy(Kept):
        def put(self, portion: Portion) -> None:
            super().put(portion)
            if self.records < 5000:  # the first seconds
                time.sleep(2.5)

    kept, names = Busy(), tmp_path / "names"
    names.write_text("".join(f"cold{number}.good.test A\n" for number in range(16_000)))
    clause = unbound.dnstap(str(tmp_path / "s"), identity="u")
    with (
        listening(network, UnixAddress(tmp_path / "s"), kept) as one,
        Unbound(tmp_path / "u", network, hints=internet.hints, clauses=clause) as server,
    ):
        connected(one)
        where = ("-s", server.address, "-p", str(server.port), "-d", str(names))
        said = network.run("dnsperf", *where, "-Q", "5000", "-n", "1", timeout_s=60)
        answered = int(re.findall(r"Queries completed: +(\d+)", said)[0])
        assert answered > 8000, said
        queries = server.count("total.num.queries") + server.count("total.num.recursivereplies")
        until(lambda: kept.records >= queries, tell=lambda: (queries, kept.records))
        until(
            lambda: kept.passed_over[GIVEN] >= answered, tell=lambda: (answered, kept.passed_over)
        )
    assert kept.bad == {}


def test_bind(network: Namespace, internet: Internet, tmp_path: Path) -> None:
    kept = Kept()
    options = bind.dnstap(tmp_path / "s", "client response; resolver response;", identity="b")
    with (
        listening(network, UnixAddress(tmp_path / "s"), kept) as one,
        Bind(tmp_path / "b", network, hints=internet.hints, options=options) as server,
    ):
        connected(one)
        server.ask_all(NAMES)
        answered = server.count("QrySuccess") + server.count("QryNXDOMAIN")
        sent = server.statistics()["dnstapstats"]
        server.stop()
        until(lambda: one.health.connections == 0)
    assert kept.records == sent["DNSTAPsuccess"]
    assert "DNSTAPdropped" not in sent
    assert kept.bad == {}
    assert answered >= len(NAMES)
    assert found(kept)["www.flux.test"] == {"198.51.100.1,198.51.100.2"}
    assert kept.passed_over[GIVEN] == len(NAMES) - 1
    assert kept.asked()["host7.good.test", "127.0.0.1"] == 4
    assert {row["sensor"] for row in kept.rows()} == {"b"}


@pytest.mark.parametrize("transport", ["unix", "tcp"])
def test_recursor(transport: str, network: Namespace, internet: Internet, tmp_path: Path) -> None:
    unix = transport == "unix"
    address = UnixAddress(tmp_path / "s") if unix else TcpAddress("127.0.0.1", 6000)
    where = str(tmp_path / "s") if unix else "127.0.0.1:6000"
    kept = Kept()
    with (
        listening(network, address, kept) as one,
        Recursor(
            tmp_path / "r", network, hints=internet.hints, lua=recursor.dnstap(where)
        ) as server,
    ):
        connected(one)
        server.ask_all(NAMES)
        answered = server.count("all-outqueries") - server.count("outgoing-timeouts")
        until(lambda: kept.records >= answered, tell=lambda: (answered, kept.records, server.log()))
        server.stop()
        until(lambda: one.health.connections == 0)
    assert kept.bad == {}
    assert kept.records == answered
    assert found(kept)["www.flux.test"] == {"198.51.100.1,198.51.100.2"}
    assert found(kept)["host7.good.test"] == {"192.0.2.2"}


def test_resolver_that_is_killed_comes_back(
    network: Namespace, internet: Internet, tmp_path: Path
) -> None:
    kept = Kept()
    clause = unbound.dnstap(str(tmp_path / "s"), client=False, identity="u")
    server = Unbound(tmp_path / "u", network, hints=internet.hints, clauses=clause)
    with listening(network, UnixAddress(tmp_path / "s"), kept) as one:
        for round_ in (1, 2):
            server.start()
            connected(one)
            server.ask_all([f"round{round_}.good.test"])
            until(partial(shown, kept, f"round{round_}.good.test"), tell=server.log)
            server.kill()
            until(lambda: one.health.connections == 0)


def test_resolver_comes_back_to_an_input_that_was_restarted(
    network: Namespace, internet: Internet, tmp_path: Path
) -> None:
    first, second = Kept(), Kept()
    clause = unbound.dnstap(str(tmp_path / "s"), client=False)
    with Unbound(tmp_path / "u", network, hints=internet.hints, clauses=clause) as server:
        with listening(network, UnixAddress(tmp_path / "s"), first) as one:
            connected(one)
            server.ask_all(["a.good.test"])
            until(lambda: "a.good.test" in found(first), tell=server.log)
        server.ask_all(["b.good.test"])  # nobody listens: kept by the resolver, or lost
        with listening(network, UnixAddress(tmp_path / "s"), second) as one:
            connected(one)
            server.ask_all(["c.good.test"])
            until(lambda: "c.good.test" in found(second), tell=server.log)
    assert second.bad == {}


def test_signed_messages_are_read(network: Namespace, internet: Internet, tmp_path: Path) -> None:
    kept = Kept()
    secret = "c2VjcmV0IG9mIGEgdGVzdCBhbmQgbm90aGluZyBlbHNl"
    key = f'key "k" {{ algorithm hmac-sha256; secret "{secret}"; }};\n'
    options = bind.dnstap(tmp_path / "s", "client response;")
    with (
        listening(network, UnixAddress(tmp_path / "s"), kept) as one,
        Bind(tmp_path / "b", network, hints=internet.hints, options=options, clauses=key) as server,
    ):
        connected(one)
        for name in ("www.flux.test", "host1.good.test"):
            assert "TSIG" in network.run(
                "dig",
                "-y",
                f"hmac-sha256:k:{secret}",
                "+tries=1",
                "-p",
                str(server.port),
                f"@{server.address}",
                name,
            )
        server.stop()
        until(lambda: one.health.connections == 0)
    assert kept.bad == {}
    assert found(kept) == {
        "www.flux.test": {"198.51.100.1,198.51.100.2"},
        "host1.good.test": {"192.0.2.2"},
    }


@pytest.mark.parametrize("language", ["unbound", "bind"])
def test_configuration_in_the_docs_is_accepted(language: str, tmp_path: Path) -> None:
    [block] = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    (tmp_path / "conf").write_text(block)
    program = {"unbound": "unbound-checkconf", "bind": "named-checkconf"}[language]
    done = subprocess.run([program, tmp_path / "conf"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
