"""A small Internet, a hidden primary, and resolvers that take its policy zones.

All configuration about policy zones is exactly what ``respond setup`` writes.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import dns.exception
import dns.rcode
import dns.rdatatype

from fluxhound.response.publishing import Publisher
from fluxhound.response.setups.choice import setup
from fluxhound.response.setups.options import Consumer, Place, Resolver, SetupOptions, secret
from fluxhound.response.zone import ZoneNames
from tests.servers.bind import Bind
from tests.servers.bindprimary import BindPrimary
from tests.servers.daemon import Daemon
from tests.servers.knot import Knot
from tests.servers.namespace import Namespace
from tests.servers.nsd import Internet
from tests.servers.primary import HiddenPrimary
from tests.servers.recursor import Recursor
from tests.servers.unbound import Unbound

PORTS = {Consumer.BIND: 5311, Consumer.UNBOUND: 5312, Consumer.POWERDNS: 5313}
SECRET = b"a key for tests, thirty-two long"
PRIMARIES: Mapping[str, type[HiddenPrimary]] = {"knot": Knot, "bind-primary": BindPrimary}


class Organisation:
    """Everything together; use it in a ``with`` statement."""

    def __init__(
        self,
        folder: Path,
        namespace: Namespace,
        *,
        zones: Mapping[str, str],
        primary: str = "knot",
        resolvers: Sequence[Consumer] = tuple(Consumer),
    ) -> None:
        """Serve *zones* as ``Internet`` does, with one *primary* and some *resolvers*."""
        self.namespace = namespace
        self.internet = Internet(folder / "net", namespace, zones)
        self.options = SetupOptions(
            names=ZoneNames.below("rpz.fluxhound"),
            primary=Place("127.0.0.1", 5402),
            secret=SECRET,
            resolvers=tuple(Resolver(each, Place("127.0.0.1", PORTS[each])) for each in resolvers),
        )
        self.primary = PRIMARIES[primary](
            folder / "primary", namespace, self._at(folder / "primary")
        )
        self.resolvers: dict[Consumer, Daemon] = {
            each: self._resolver(each, folder / each.value) for each in resolvers
        }
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self.internet)
            for server in (self.primary, *self.resolvers.values()):
                stack.enter_context(server)
            stack.enter_context(self.namespace.entered())
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def publisher(self) -> Publisher:
        """Return what a new process would publish with."""
        return Publisher(self.primary.primary, self.options.names)

    def answer(self, resolver: Consumer, name: str, kind: str = "A") -> tuple[str, ...]:
        """Return what a resolver answers: addresses and names in order, or the response code."""
        try:
            response = self.resolvers[resolver].ask(name, kind)
        except dns.exception.Timeout:
            return ("no answer",)
        wanted = dns.rdatatype.from_text(kind)
        found = [
            each.to_text() for rrset in response.answer for each in rrset if rrset.rdtype == wanted
        ]
        return tuple(sorted(found)) or (dns.rcode.to_text(response.rcode()),)

    def _at(self, folder: Path) -> SetupOptions:
        return dataclasses.replace(self.options, state=str(folder), folder=str(folder))

    def _resolver(self, kind: Consumer, folder: Path) -> Daemon:
        policy = folder / "policy"
        policy.mkdir(parents=True)
        for name, text in setup(kind.value, self._at(policy)).items():
            path = policy / name
            path.touch(mode=0o600 if secret(name) else 0o644)
            path.write_text(text)
        port, hints = PORTS[kind], self.internet.hints
        if kind is Consumer.BIND:
            return Bind(
                folder,
                self.namespace,
                hints=hints,
                port=port,
                options=f'include "{policy}/fluxhound-options.conf";',
                clauses=f'include "{policy}/fluxhound-zones.conf";\n',
            )
        if kind is Consumer.UNBOUND:
            clause = f'include: "{policy}/fluxhound-rpz.conf"\n'
            return Unbound(folder, self.namespace, hints=hints, port=port, clauses=clause)
        settings = [f"include-dir={policy}"]
        return Recursor(folder, self.namespace, hints=hints, port=port, settings=settings)


def missing() -> Iterator[str]:
    """Yield the programs that are not installed."""
    for program in ("knotd", "named", "unbound", "pdns_recursor", "nsd"):
        if not shutil.which(program):
            yield program
