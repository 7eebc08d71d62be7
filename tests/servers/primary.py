"""Hidden primaries under test, with exactly the configuration that ``respond setup`` writes."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

import dns.message
import dns.query
import dns.tsig
import dns.zone

from fluxhound.response.primary import Key, Primary
from fluxhound.response.setups.choice import setup
from fluxhound.response.setups.options import SetupOptions
from tests.servers.daemon import Daemon
from tests.servers.namespace import Namespace


class HiddenPrimary(Daemon):
    """A server that is set up by *options*; their folder and state are its own folder."""

    kind = ""

    def __init__(self, folder: Path, namespace: Namespace, options: SetupOptions) -> None:
        super().__init__(
            folder, namespace, address=options.primary.address, port=options.primary.port
        )
        self.options = options

    @property
    def primary(self) -> Primary:
        """Return how Fluxhound reaches it."""
        options = self.options
        return Primary(
            address=options.primary.address,
            port=options.primary.port,
            key=Key(options.key_name, options.secret, options.algorithm),
            timeout_s=10,
        )

    def command(self) -> Sequence[str]:
        """Write the configuration; zone files only where there are none, as an operator does."""
        for name, text in setup(self.kind, self.options).items():
            path = self.folder / name
            if not (name.endswith(".zone") and path.exists()):
                path.write_text(text)
        return self.start_command()

    def start_command(self) -> Sequence[str]:
        """Return the command line."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Tell whether all zones are served: a refusal is an answer, too."""
        with contextlib.suppress(OSError, dns.exception.DNSException):
            return all(self.serial(zone) for zone in self.options.zones)
        return False

    def serial(self, zone: str) -> int:
        """Return the serial of a zone, or 0 if it is not served."""
        response = self.signed(zone, "SOA")
        found = [each for rrset in response.answer for each in rrset]
        return int(found[0].serial) if found else 0

    def signed(self, name: str, kind: str) -> dns.message.Message:
        """Ask over TCP with the key."""
        query = dns.message.make_query(name, kind)
        query.use_tsig(self._key())
        with self.namespace.entered():
            return dns.query.tcp(query, self.address, port=self.port, timeout=5)

    def zone(self, name: str) -> dns.zone.Zone:
        """Return a whole zone as another library reads it."""
        zone = dns.zone.Zone(f"{name}.")
        query, _ = dns.xfr.make_query(zone, keyring=self._key())
        with self.namespace.entered():
            dns.query.inbound_xfr(self.address, zone, query, port=self.port, timeout=20)
        return zone

    def _key(self) -> dns.tsig.Key:
        return dns.tsig.Key(f"{self.options.key_name}.", self.options.secret)
