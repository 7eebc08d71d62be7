"""Unbound as a resolver under test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.servers.daemon import Daemon, lines
from tests.servers.namespace import Namespace


class Unbound(Daemon):
    """One Unbound that asks from *hints* on."""

    def __init__(
        self,
        folder: Path,
        namespace: Namespace,
        *,
        hints: Path,
        port: int = 5312,
        threads: int = 1,
        server: Sequence[str] = (),
        clauses: str = "",
        modules: str = "iterator",
    ) -> None:
        """Add lines to the server clause (*server*) and whole *clauses* (dnstap, rpz)."""
        super().__init__(folder, namespace, port=port)
        self._hints = hints
        self._threads = threads
        self._server = server
        self._clauses = clauses
        self._modules = modules

    def command(self) -> Sequence[str]:
        """Write the configuration."""
        text = lines(
            "server:",
            f"  interface: {self.address}",
            f"  port: {self.port}",
            '  username: ""',
            '  chroot: ""',
            f'  directory: "{self.folder}"',
            '  pidfile: ""',
            "  do-daemonize: no",
            "  use-syslog: no",
            f"  num-threads: {self._threads}",
            f'  module-config: "{self._modules}"',
            "  do-not-query-localhost: no",
            f'  root-hints: "{self._hints}"',
            "  access-control: 127.0.0.0/8 allow",
            '  local-zone: "test." nodefault',
            '  domain-insecure: "test"',
            *(f"  {line}" for line in self._server),
            "remote-control:",
            "  control-enable: yes",
            f"  control-interface: {self.folder}/control",
            "  control-use-cert: no",
        )
        (self.folder / "unbound.conf").write_text(text + self._clauses)
        return ["unbound", "-d", "-c", str(self.folder / "unbound.conf")]

    def control(self, *words: str) -> str:
        """Give a command and return what is answered."""
        conf = str(self.folder / "unbound.conf")
        return self.namespace.run("unbound-control", "-c", conf, *words)

    def count(self, name: str) -> int:
        """Return one of its statistics."""
        found = dict(line.split("=") for line in self.control("stats_noreset").split())
        return int(float(found[name]))


def dnstap(address: str, *, client: bool = True, resolver: bool = True, identity: str = "") -> str:
    """Return the dnstap clause for ``/PATH`` or ``HOST@PORT``."""
    where = (
        [f'  dnstap-socket-path: "{address}"']
        if address.startswith("/")
        else [f'  dnstap-ip: "{address}"', "  dnstap-tls: no"]
    )
    return lines(
        "dnstap:",
        "  dnstap-enable: yes",
        *where,
        *([f'  dnstap-identity: "{identity}"', "  dnstap-send-identity: yes"] if identity else []),
        f"  dnstap-log-client-response-messages: {'yes' if client else 'no'}",
        f"  dnstap-log-resolver-response-messages: {'yes' if resolver else 'no'}",
    )
