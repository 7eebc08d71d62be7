"""Knot DNS as hidden primary."""

from __future__ import annotations

from collections.abc import Sequence

from tests.servers.primary import HiddenPrimary


class Knot(HiddenPrimary):
    """One Knot that takes updates."""

    kind = "knot"

    def start_command(self) -> Sequence[str]:
        """Return the command line; after a kill, its number would keep it from starting."""
        (self.folder / "knot.pid").unlink(missing_ok=True)
        return ["knotd", "-c", str(self.folder / "knot.conf")]
