"""A small real Internet in a namespace: every address is in it, and some names really flux.

The root and what never changes is NSD; ``com.``, ``net.`` and the leaves are Knots that are
changed by dynamic update while they run. Bots are addresses of real access lines: the namespace
answers for all of IPv4, so resolvers really ask name servers on bots, and clients really call them.
"""

from __future__ import annotations

import functools
import random
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import dns.query
import dns.rcode
import dns.update
import numpy as np

from fluxhound.lab.dice import key, mix
from fluxhound.lab.world import World
from tests.servers.daemon import Daemon, lines
from tests.servers.namespace import Namespace
from tests.servers.nsd import Nsd

ROOT, TOP, LEAF, PLAIN = "127.0.1.1", "127.0.1.2", "127.0.1.3", "127.0.1.4"
#: Seconds that an answer in flux lives, and that pass until it is another.
FLUX_TTL, CHANGE_S = 1, 1.0
#: Bots, those among them that are name servers, and addresses of one answer.
BOTS, SERVERS, TOGETHER = 120, 24, 5
#: Of the answers, those with an address that leads nowhere, as gangs mix them in (Akamai 2017).
DECOY_SHARE = 0.3
#: Domains of one gang on one pool of bots; the last has its name servers there, too.
SINGLE = ("koriva.com", "melufa.com", "sotiba.net", "parune.net")
DOUBLE = "dabexo.net"
FLUX = (*SINGLE, DOUBLE)
#: What a domain in flux shows when it is over: one address of a hoster.
PARKED = "93.184.216.34"
BENIGN = {
    "www.plain.com": ("93.184.216.40",),
    "www.shop.net": ("151.101.1.69", "151.101.65.69", "151.101.129.69", "151.101.193.69"),
    "edge.content.net": ("151.101.2.133", "151.101.66.133", "151.101.130.133"),
}
#: Whose answer takes turns, slowly, among servers of many hosters.
TIME_POOL = "zone.chrono.net"


@functools.cache
def addresses(kind: str, count: int) -> tuple[str, ...]:
    """Return addresses of real networks of one *kind* (``access``, ``hosting`` ...)."""
    world = World.open()
    drawn = world._drawn(mix(key(f"endtoend-{kind}"), np.arange(2 * count)), {kind: 1.0})
    return tuple(dict.fromkeys(world.texts(drawn).to_pylist()))[:count]


class Changing(Daemon):
    """One Knot with *zones* (name to records) at *places* that takes updates from this machine."""

    def __init__(
        self, folder: Path, namespace: Namespace, places: Sequence[str], zones: dict[str, str]
    ) -> None:
        super().__init__(folder, namespace, address=places[0])
        self._places = places
        self._zones = zones

    def command(self) -> Sequence[str]:
        """Write zones and configuration."""
        listen = ", ".join(f"{each}@53" for each in self._places)
        text = lines(
            "server:",
            f"    rundir: {self.folder}",
            f"    listen: [{listen}]",
            "    udp-workers: 1",
            "    tcp-workers: 1",
            "    background-workers: 1",
            "database:",
            f"    storage: {self.folder}",
            "    journal-db-max-size: 50M",
            "acl:",
            "  - id: us",
            "    address: 127.0.0.0/8",
            "    action: update",
            "template:",
            "  - id: default",
            f"    storage: {self.folder}",
            "    acl: us",
            "    zonefile-sync: -1",
            "    zonefile-load: difference",
            "    journal-content: changes",
            "zone:",
        )
        for name, records in self._zones.items():
            (self.folder / f"{name}zone").write_text(f"$ORIGIN {name}\n$TTL 300\n{records}")
            text += f"  - domain: {name}\n    file: {name}zone\n"
        (self.folder / "knot.conf").write_text(text)
        return ["knotd", "-c", str(self.folder / "knot.conf")]

    def change(self, zone: str, *rrsets: tuple[str, int, str, Sequence[str]]) -> None:
        """Replace whole RRsets (name, TTL, type, values) of *zone*; the caller is inside."""
        update = dns.update.UpdateMessage(f"{zone}.")
        for name, ttl, kind, values in rrsets:
            update.delete(f"{name}.", kind)
            update.add(f"{name}.", ttl, kind, *values)
        response = dns.query.udp(update, self.address, source="127.0.0.1", timeout=5)
        assert response.rcode() == dns.rcode.NOERROR, response


class Web:
    """The Internet, and the gang that changes it. Use it in a ``with`` statement."""

    def __init__(self, folder: Path, namespace: Namespace, *, flux: Sequence[str] = FLUX) -> None:
        self.hints = folder / "root.hints"
        self.flux = tuple(flux)
        self.bots = addresses("access", BOTS)
        self.pool = addresses("hosting", 40)
        self.decoys = [f"10.{at}.{2 * at + 1}.{at + 7}" for at in range(1, 40)]
        self._folder = folder
        self._namespace = namespace
        self._dice = random.Random(4)  # noqa: S311 - a gang's choice of bots
        self._stop = threading.Event()
        self._over = frozenset[str]()
        self._started = frozenset[str]()
        self._thread = threading.Thread(target=self._run, name="gang", daemon=True)
        self.failed: BaseException | None = None
        servers = self.bots[:SERVERS]
        self.root = Nsd(folder / "root", namespace, addresses=[ROOT], zones={".": _root()})
        self.top = Changing(folder / "top", namespace, [TOP], self._top())
        self.leaf = Changing(folder / "leaf", namespace, [LEAF, *servers], self._leaves())
        self.plain = Nsd(folder / "plain", namespace, addresses=[PLAIN], zones=_plain())
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self.hints.write_text(f". 3600000 NS a.nic.net.\na.nic.net. 3600000 A {ROOT}\n")
        self._namespace.run("ip", "route", "add", "local", "0.0.0.0/0", "dev", "lo")
        with ExitStack() as stack:
            for server in (self.root, self.top, self.leaf, self.plain):
                stack.enter_context(server)
            self._thread.start()
            stack.callback(self._end)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()
        assert self.failed is None, self.failed

    def begin(self, *names: str) -> None:
        """Let *names* be in flux from now on."""
        self._started |= frozenset(names)

    def end(self, *names: str) -> None:
        """Let *names* show one address for ever, from within a second."""
        self._over |= frozenset(names)

    def _end(self) -> None:
        self._stop.set()
        self._thread.join(10)

    def _run(self) -> None:
        try:
            with self._namespace.entered():
                beat = 0
                while not self._stop.wait(CHANGE_S):
                    for name in sorted(self._started):
                        self._change(name)
                    if beat % 10 == 0:
                        four = self._dice.sample(self.pool, 4)
                        self.leaf.change("chrono.net", (TIME_POOL, 10, "A", four))
                    beat += 1
        except BaseException as error:
            self.failed = error
            raise

    def _change(self, name: str) -> None:
        over = name in self._over
        bots = [PARKED] if over else self._dice.sample(self.bots, TOGETHER)
        if not over and self._dice.random() < DECOY_SHARE:
            bots[0] = self._dice.choice(self.decoys)
        address = (name, FLUX_TTL, "A", bots)
        if name != DOUBLE:
            self.leaf.change(name, address)
            return
        two = [LEAF, LEAF] if over else self._dice.sample(self.bots[:SERVERS], 2)
        servers = [(f"ns{at}.{name}", FLUX_TTL, "A", [it]) for at, it in enumerate(two, 1)]
        self.leaf.change(name, address, *servers)
        self.top.change("net", *servers)

    def _top(self) -> dict[str, str]:
        zones = {name: _apex("ns.nic.net.") for name in ("com.", "net.")}
        zones["net."] += f"ns.nic A {TOP}\na.nic A {ROOT}\n"
        for domain in (*self.flux, "chrono.net"):
            zones[domain.rpartition(".")[2] + "."] += self._delegation(domain)
        for domain in sorted({name.partition(".")[2] for name in BENIGN}):
            zones[domain.rpartition(".")[2] + "."] += f"{domain}. NS ns.{domain}.\n"
            zones[domain.rpartition(".")[2] + "."] += f"ns.{domain}. A {PLAIN}\n"
        return zones

    def _delegation(self, domain: str) -> str:
        if domain == DOUBLE:
            return "".join(
                f"{domain}. {FLUX_TTL} NS ns{at}.{domain}.\n"
                f"ns{at}.{domain}. {FLUX_TTL} A {self.bots[at]}\n"
                for at in (1, 2)
            )
        return f"{domain}. NS ns.{domain}.\nns.{domain}. A {LEAF}\n"

    def _leaves(self) -> dict[str, str]:
        zones = {}
        for domain in (*self.flux, "chrono.net"):
            servers = ["ns1", "ns2"] if domain == DOUBLE else ["ns"]
            ttl = FLUX_TTL if domain == DOUBLE else 300
            text = f"@ SOA {servers[0]} h 1 300 60 600 1\n"
            for at, server in enumerate(servers, 1):
                place = self.bots[at] if domain == DOUBLE else LEAF
                text += f"@ {ttl} NS {server}\n{server} {ttl} A {place}\n"
            zones[f"{domain}."] = text + f"@ {FLUX_TTL} A {PARKED}\n* {FLUX_TTL} CNAME @\n"
        return zones


def _root() -> str:
    return (
        _apex("a.nic.net.")
        + "".join(f"{each} NS ns.nic.net.\n" for each in ("com.", "net."))
        + f"ns.nic.net. A {TOP}\na.nic.net. A {ROOT}\n"
    )


def _plain() -> dict[str, str]:
    zones: dict[str, str] = {}
    for name, places in BENIGN.items():
        domain = name.partition(".")[2]
        text = zones.setdefault(f"{domain}.", _apex("ns") + f"ns A {PLAIN}\n")
        zones[f"{domain}."] = text + "".join(f"{name}. 20 A {each}\n" for each in places)
    return zones


def _apex(server: str) -> str:
    return f"@ SOA {server} h.nic.net. 1 300 60 600 1\n@ NS {server}\n"
