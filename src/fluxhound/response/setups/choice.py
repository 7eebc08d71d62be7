"""Configuration by the kind of server."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fluxhound.errors import UsageError
from fluxhound.response.setups import bindprimary, bindresolver, knot, powerdns, unbound
from fluxhound.response.setups.options import SetupOptions

_SETUPS: Mapping[str, Callable[[SetupOptions], Mapping[str, str]]] = {
    "knot": knot.setup,
    "bind-primary": bindprimary.setup,
    "bind": bindresolver.setup,
    "unbound": unbound.setup,
    "powerdns": powerdns.setup,
}

#: Kinds of servers: hidden primaries first, then resolvers.
KINDS = tuple(_SETUPS)
PRIMARIES = ("knot", "bind-primary")


def setup(kind: str, options: SetupOptions) -> Mapping[str, str]:
    """Return the text of each configuration file of a server by the file's name.

    Files for which ``options.secret`` (the function) is true are for their owner alone.

    Raises:
        UsageError: the kind is unknown.
    """
    if kind not in _SETUPS:
        raise UsageError(f"{kind!r}: take one of {', '.join(KINDS)}.")
    return _SETUPS[kind](options)
