"""Unbound as a resolver that takes the zones (checked with 1.17)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fluxhound.response.setups.options import SetupOptions

FILE = "fluxhound-rpz.conf"


def setup(options: SetupOptions) -> Mapping[str, str]:
    """Return the configuration file by name; Unbound knows no keys, so there is no secret in it."""
    return {FILE: "\n".join(_lines(options)) + "\n"}


def _lines(options: SetupOptions) -> Iterator[str]:
    place = options.primary
    yield f'# In unbound.conf, as its last line: include: "{options.folder}/{FILE}"'
    yield "server:"
    yield "  # Without respip no policy zone works. Leave validator out if you leave it out now."
    yield '  module-config: "respip validator iterator"'
    passing = options.names.passing
    for zone in options.zones:
        yield "# The order matters: the first zone with a rule decides." * (zone == passing)
        yield "rpz:"
        yield f'  name: "{zone}."'
        yield f"  primary: {place.address}@{place.port}"
        yield f"  allow-notify: {place.address}"
        yield f'  zonefile: "{options.state}/{zone}.zone"'
        yield f"  rpz-log: {'no' if zone == passing else 'yes'}"
        yield f'  rpz-log-name: "{zone}"'
        yield "  for-downstream: no"
