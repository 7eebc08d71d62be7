"""PowerDNS Recursor as a resolver under test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.servers.daemon import Daemon, lines
from tests.servers.namespace import Namespace


class Recursor(Daemon):
    """One Recursor that asks from *hints* on."""

    def __init__(
        self,
        folder: Path,
        namespace: Namespace,
        *,
        hints: Path,
        port: int = 5313,
        settings: Sequence[str] = (),
        lua: str = "",
    ) -> None:
        """Add *settings* (``key=value``) and the text of its *lua* configuration."""
        super().__init__(folder, namespace, port=port)
        self._hints = hints
        self._settings = settings
        self._lua = lua

    def command(self) -> Sequence[str]:
        """Write the configuration."""
        text = lines(
            f"local-address={self.address}",
            f"local-port={self.port}",
            f"socket-dir={self.folder}",
            "daemon=no",
            "threads=1",
            "dont-query=",
            "dnssec=off",
            f"hint-file={self._hints}",
            "security-poll-suffix=",
            "disable-packetcache=yes",
            "write-pid=no",
            f"lua-config-file={self.folder}/recursor.lua",
            *self._settings,
        )
        (self.folder / "recursor.conf").write_text(text)
        (self.folder / "recursor.lua").write_text(self._lua)
        return ["pdns_recursor", f"--config-dir={self.folder}"]

    def count(self, name: str) -> int:
        """Return one of its statistics."""
        found = self.namespace.run("rec_control", f"--socket-dir={self.folder}", "get", name)
        return int(found.strip())


def dnstap(address: str, *, queries: bool = False) -> str:
    """Return the Lua for ``/PATH`` or ``HOST:PORT``."""
    asked = "true" if queries else "false"
    return f'dnstapFrameStreamServer({{"{address}"}}, {{logQueries={asked}, logResponses=true}})\n'
