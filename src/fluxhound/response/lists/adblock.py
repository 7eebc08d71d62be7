"""A filter list for AdGuard Home and Pi-hole."""

from __future__ import annotations

from collections.abc import Mapping

from fluxhound.response.lists.selection import Selection, names_header, text


def render(selection: Selection) -> Mapping[str, str]:
    """Return ``adblock.txt``: ``||name^`` is a name and all below it, ``|name^`` one name."""
    lines = ["! Title: Fluxhound", *names_header(selection, "!", len(selection.blocked))]
    lines += (f"{'|' if each.exact else '||'}{each.subject}^" for each in selection.blocked)
    lines += (f"@@{'|' if each.exact else '||'}{each.subject}^" for each in selection.exceptions)
    return {"adblock.txt": text(lines)}
