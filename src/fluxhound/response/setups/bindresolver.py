"""BIND as a resolver that takes the zones (checked with 9.18)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fluxhound.response.setups.bindprimary import KEY_FILE, key
from fluxhound.response.setups.options import SetupOptions
from fluxhound.response.zone import RULE_TTL

OPTIONS_FILE, ZONES_FILE = "fluxhound-options.conf", "fluxhound-zones.conf"


def setup(options: SetupOptions) -> Mapping[str, str]:
    """Return the configuration files by name."""
    return {
        OPTIONS_FILE: "\n".join(_policy(options)) + "\n",
        ZONES_FILE: "\n".join(_zones(options)) + "\n",
        KEY_FILE: key(options),
    }


def _policy(options: SetupOptions) -> Iterator[str]:
    yield f'// In options {{ }} of named.conf: include "{options.folder}/{OPTIONS_FILE}";'
    yield "response-policy {"
    yield "  // The order matters: the first zone with a rule decides."
    for zone in options.zones:
        logged = "no" if zone == options.names.passing else "yes"
        yield f'  zone "{zone}" policy given log {logged}'
        yield f"    max-policy-ttl {RULE_TTL} min-update-interval 1;"
    yield "}"
    yield "  // Answer at once when the name itself is listed; look at name servers before the"
    yield "  // first answer, not only at the next; and rewrite signed answers too, for a client"
    yield "  // that checks signatures must not be the one that gets through."
    yield "  qname-wait-recurse no nsip-wait-recurse yes nsdname-wait-recurse yes break-dnssec yes;"


def _zones(options: SetupOptions) -> Iterator[str]:
    yield f'// Beside options {{ }} in named.conf: include "{options.folder}/{ZONES_FILE}";'
    yield f'include "{options.folder}/{KEY_FILE}";'
    place = options.primary
    for zone in options.zones:
        yield f'zone "{zone}" {{'
        yield "  type secondary;"
        yield f'  primaries {{ {place.address} port {place.port} key "{options.key_name}"; }};'
        yield f'  file "{options.state}/{zone}.zone";'
        yield "  // NOTIFY carries the key, wherever it comes from."
        yield f'  allow-notify {{ key "{options.key_name}"; }};'
        yield "  allow-transfer { none; };"
        yield "  allow-query { localhost; };"
        yield "  request-ixfr yes;"
        yield "  check-names ignore;"
        yield "};"
