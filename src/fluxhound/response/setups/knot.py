"""Knot DNS as hidden primary (checked with 3.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fluxhound.response.setups.options import Consumer, Resolver, SetupOptions, first_zone

KEY_FILE = "fluxhound.key.conf"


def setup(options: SetupOptions) -> Mapping[str, str]:
    """Return the configuration files by name."""
    zones = {f"{zone}.zone": first_zone() for zone in options.zones}
    return {"knot.conf": "\n".join(_lines(options)) + "\n", KEY_FILE: _key(options), **zones}


def _key(options: SetupOptions) -> str:
    return (
        f"key:\n  - id: {options.key_name}\n    algorithm: {options.algorithm}\n"
        f"    secret: {options.secret_text}\n"
    )


def _lines(options: SetupOptions) -> Iterator[str]:
    yield "# Hidden primary for the policy zones of Fluxhound: takes its updates, hands the zones"
    yield "# to the resolvers. Nobody else has to reach it."
    yield f"include: {options.folder}/{KEY_FILE}"
    yield ""
    yield "server:"
    yield f"    rundir: {options.state}"
    yield f"    listen: {options.primary.address}@{options.primary.port}"
    yield "    # Half a second is the default; a busy resolver that takes a large zone needs more."
    yield "    tcp-io-timeout: 10000"
    yield "log:"
    yield "  - target: stderr"
    yield "    any: info"
    yield "database:"
    yield f"    storage: {options.state}"
    yield "    journal-db-max-size: 1G"
    yield from _remotes(options)
    yield from _acl(options)
    yield from _zones(options)


def _remotes(options: SetupOptions) -> Iterator[str]:
    notified = _notified(options)
    if notified:
        yield "remote:"
    for number, resolver in notified:
        yield f"  - id: resolver-{number}"
        yield f"    address: {resolver.place.address}@{resolver.place.port}"
        if resolver.kind is Consumer.BIND:
            yield f"    key: {options.key_name}"


def _acl(options: SetupOptions) -> Iterator[str]:
    yield "acl:"
    yield "  - id: fluxhound"
    yield f"    key: {options.key_name}"
    yield "    action: [transfer, update]"
    unsigned = sorted({each.place.address for each in options.of(Consumer.UNBOUND)})
    if unsigned:
        yield "  # Unbound cannot sign its requests, so its address has to do."
        yield "  - id: unsigned"
        yield f"    address: [{', '.join(unsigned)}]"
        yield "    action: transfer"


def _zones(options: SetupOptions) -> Iterator[str]:
    notify = ", ".join(f"resolver-{number}" for number, _ in _notified(options))
    unbound = bool(options.of(Consumer.UNBOUND))
    yield "template:"
    yield "  - id: default"
    yield f"    storage: {options.state}"
    yield '    file: "%s.zone"'
    yield "    # The zone file is written now and then; what came since is in the journal."
    yield "    zonefile-load: whole"
    yield "    zonefile-sync: 300"
    yield "    journal-content: changes"
    yield "    journal-max-usage: 300M"
    yield "    serial-policy: increment"
    yield "    semantic-checks: off"
    yield f"    acl: [fluxhound{', unsigned' if unbound else ''}]"
    if notify:
        yield f"    notify: [{notify}]"
    yield "zone:"
    for zone in options.zones:
        yield f"  - domain: {zone}"
        if unbound and zone in options.whole_zones:
            yield "    # Unbound 1.17 keeps rules about name servers that an IXFR removed."
            yield "    provide-ixfr: off"


def _notified(options: SetupOptions) -> list[tuple[int, Resolver]]:
    """Return who is told of changes: PowerDNS asks by itself and takes no NOTIFY for them."""
    told = options.of(Consumer.BIND, Consumer.UNBOUND)
    return list(enumerate(told, 1))
