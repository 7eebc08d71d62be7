"""BIND as hidden primary (checked with 9.18)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fluxhound.response.setups.options import Consumer, Place, SetupOptions, first_zone

KEY_FILE = "fluxhound.key.conf"


def setup(options: SetupOptions) -> Mapping[str, str]:
    """Return the configuration files by name."""
    zones = {f"{zone}.zone": first_zone() for zone in options.zones}
    return {"named.conf": "\n".join(_lines(options)) + "\n", KEY_FILE: key(options), **zones}


def key(options: SetupOptions) -> str:
    """Return the clause with the secret, the same for primary and resolver."""
    return (
        f'key "{options.key_name}" {{\n  algorithm {options.algorithm};\n'
        f'  secret "{options.secret_text}";\n}};\n'
    )


def listen(place: Place) -> Iterator[str]:
    """Yield where to listen, and that it is nowhere else."""
    if ":" in place.address:
        yield "  listen-on { none; };"
        yield f"  listen-on-v6 port {place.port} {{ {place.address}; }};"
    else:
        yield f"  listen-on port {place.port} {{ {place.address}; }};"
        yield "  listen-on-v6 { none; };"


def _lines(options: SetupOptions) -> Iterator[str]:
    unsigned = sorted({each.place.address for each in options.of(Consumer.UNBOUND)})
    yield "// Hidden primary for the policy zones of Fluxhound: takes its updates, hands the zones"
    yield "// to the resolvers. Nobody else has to reach it."
    yield f'include "{options.folder}/{KEY_FILE}";'
    yield "controls { };"
    yield "options {"
    yield f'  directory "{options.state}";'
    yield f'  pid-file "{options.state}/named.pid";'
    yield f'  session-keyfile "{options.state}/session.key";'
    yield from listen(options.primary)
    yield "  recursion no;"
    yield "  dnssec-validation no;"
    yield "  // At once: the default waits five seconds after a change, and sends 20 a second."
    yield "  notify-delay 0;"
    yield "  notify-rate 1000;"
    yield "  startup-notify-rate 1000;"
    yield "  serial-query-rate 1000;"
    yield "};"
    for address in unsigned:
        yield "// Unbound 1.17 keeps rules about name servers that an IXFR removed."
        yield f"server {address} {{ provide-ixfr no; }};"
    for zone in options.zones:
        yield from _zone(options, zone, unsigned)


def _zone(options: SetupOptions, zone: str, unsigned: list[str]) -> Iterator[str]:
    signed = f'key "{options.key_name}";'
    transfer = " ".join([signed, *(f"{address};" for address in unsigned)])
    told = " ".join(_notified(options))
    yield f'zone "{zone}" {{'
    yield "  type primary;"
    yield f'  file "{zone}.zone";'
    yield f"  allow-update {{ {signed} }};"
    yield f"  allow-transfer {{ {transfer} }};"
    yield f"  allow-query {{ {transfer} }};"
    yield "  notify explicit;"
    yield f"  also-notify {{ {told} }};"
    yield "  max-journal-size 64m;"
    yield "  check-names ignore;"
    yield "};"


def _notified(options: SetupOptions) -> Iterator[str]:
    """Yield who is told of changes: PowerDNS asks by itself and takes no NOTIFY for them."""
    for each in options.of(Consumer.BIND):
        place = each.place
        yield f'{place.address} port {place.port} key "{options.key_name}";'
    for each in options.of(Consumer.UNBOUND):
        yield f"{each.place.address} port {each.place.port};"
