"""BIND as a resolver under test."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.servers.daemon import Daemon, lines
from tests.servers.namespace import Namespace


class Bind(Daemon):
    """One BIND that asks from *hints* on."""

    def __init__(
        self,
        folder: Path,
        namespace: Namespace,
        *,
        hints: Path,
        port: int = 5311,
        options: str = "",
        clauses: str = "",
        statistics_port: int = 8311,
    ) -> None:
        """Add text to the options (*options*, for example dnstap) and whole *clauses*."""
        super().__init__(folder, namespace, port=port)
        self._hints = hints
        self._options = options
        self._clauses = clauses
        self._statistics_port = statistics_port

    def command(self) -> Sequence[str]:
        """Write the configuration."""
        text = lines(
            "options {",
            f'  directory "{self.folder}";',
            f'  pid-file "{self.folder}/named.pid";',
            f'  session-keyfile "{self.folder}/session.key";',
            f"  listen-on port {self.port} {{ {self.address}; }};",
            "  listen-on-v6 { none; };",
            "  recursion yes;",
            "  dnssec-validation no;",
            "  empty-zones-enable no;",
            self._options,
            "};",
            f'zone "." {{ type hint; file "{self._hints}"; }};',
            "controls { };",
            f"statistics-channels {{ inet {self.address} port {self._statistics_port}; }};",
        )
        (self.folder / "named.conf").write_text(text + self._clauses)
        return ["named", "-g", "-n", "1", "-c", str(self.folder / "named.conf")]

    def statistics(self) -> dict[str, Any]:
        """Return its counters of queries and responses."""
        with self.namespace.entered():
            address = f"http://{self.address}:{self._statistics_port}/json/v1/server"
            with urllib.request.urlopen(address, timeout=5) as answer:
                found: dict[str, Any] = json.load(answer)
        return found

    def count(self, name: str) -> int:
        """Return one of its counters; 0 if it did not count yet."""
        return int(self.statistics()["nsstats"].get(name, 0))


def dnstap(path: Path | str, kinds: str, *, identity: str = "") -> str:
    """Return the options for *kinds*, for example ``client response; resolver response;``."""
    name = f'  dnstap-identity "{identity}";\n' if identity else ""
    return f'  dnstap {{ {kinds} }};\n  dnstap-output unix "{path}";\n{name}'
