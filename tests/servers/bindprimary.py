"""BIND as hidden primary."""

from __future__ import annotations

from collections.abc import Sequence

from tests.servers.primary import HiddenPrimary


class BindPrimary(HiddenPrimary):
    """One BIND that takes updates."""

    kind = "bind-primary"

    def start_command(self) -> Sequence[str]:
        """Return the command line."""
        return ["named", "-g", "-n", "1", "-c", str(self.folder / "named.conf")]
