"""A small Internet: a root, ``test.`` below it, and zones below that, each at its own server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.servers.daemon import Daemon, lines
from tests.servers.namespace import Namespace

ROOT, TOP = "127.0.1.1", "127.0.1.2"
TTL = 300


class Nsd(Daemon):
    """One NSD that has *zones* (name to records) at *addresses*."""

    def __init__(
        self,
        folder: Path,
        namespace: Namespace,
        *,
        addresses: Sequence[str],
        zones: Mapping[str, str],
    ) -> None:
        super().__init__(folder, namespace, address=addresses[0])
        self._addresses = addresses
        self._zones = zones

    def command(self) -> Sequence[str]:
        """Write zones and configuration."""
        each = self.folder
        text = lines(
            "server:",
            *(f"  ip-address: {address}" for address in self._addresses),
            "  server-count: 1",
            "  rrl-ratelimit: 0",
            "  rrl-whitelist-ratelimit: 0",
            '  username: ""',
            '  chroot: ""',
            '  database: ""',
            f"  zonesdir: {each}",
            f"  pidfile: {each}/nsd.pid",
            f"  zonelistfile: {each}/zone.list",
            f"  xfrdfile: {each}/xfrd.state",
            f"  xfrdir: {each}",
            "remote-control:",
            "  control-enable: no",
        )
        for number, (name, records) in enumerate(self._zones.items()):
            (each / f"{number}.zone").write_text(f"$ORIGIN {name}\n$TTL {TTL}\n{records}")
            text += f'zone:\n  name: "{name}"\n  zonefile: {number}.zone\n'
        (each / "nsd.conf").write_text(text)
        return ["nsd", "-d", "-c", str(each / "nsd.conf")]


class Internet:
    """The root, ``test.`` and leaf zones, and the hints file that leads to them."""

    def __init__(self, folder: Path, namespace: Namespace, zones: Mapping[str, str]) -> None:
        """Serve *zones*: names directly below ``test.`` with a final dot, to their records.

        Records are as in a zone file, without SOA and NS: each zone gets one name server, ``ns``,
        at an address of its own.
        """
        self.hints = folder / "root.hints"
        self.addresses = {name: f"127.0.2.{at}" for at, name in enumerate(zones, 1)}
        self._folder = folder
        root = _apex("a.root.test.") + f"a.root.test. A {ROOT}\ntest. NS ns.nic.test.\n"
        root += f"ns.nic.test. A {TOP}\n"
        top = _apex("ns.nic.test.") + f"ns.nic.test. A {TOP}\n"
        leaves = {}
        for name, records in zones.items():
            glue = f"ns.{name} A {self.addresses[name]}\n"
            top += f"{name} NS ns.{name}\n{glue}"
            leaves[name] = _apex(f"ns.{name}") + glue + records
        self.servers = [
            Nsd(folder / "root", namespace, addresses=[ROOT], zones={".": root}),
            Nsd(folder / "top", namespace, addresses=[TOP], zones={"test.": top}),
            Nsd(folder / "leaf", namespace, addresses=[*self.addresses.values()], zones=leaves),
        ]

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self.hints.write_text(f". 3600000 IN NS a.root.test.\na.root.test. 3600000 IN A {ROOT}\n")
        for server in self.servers:
            server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for server in self.servers:
            server.stop()


def _apex(server: str) -> str:
    return f"@ SOA {server} h.nic.test. 1 300 60 600 60\n@ NS {server}\n"
