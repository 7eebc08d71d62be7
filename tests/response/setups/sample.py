"""One set of options for all configuration."""

from fluxhound.response.setups.options import Consumer, Place, Resolver, SetupOptions
from fluxhound.response.zone import ZoneNames

OPTIONS = SetupOptions(
    names=ZoneNames.below("rpz.fluxhound"),
    primary=Place("192.0.2.53", 5402),
    secret=bytes(range(32)),
    resolvers=(
        Resolver(Consumer.BIND, Place("192.0.2.1")),
        Resolver(Consumer.UNBOUND, Place("192.0.2.2", 5353)),
        Resolver(Consumer.POWERDNS, Place("192.0.2.3")),
    ),
    folder="/etc/rpz",
    state="/var/lib/rpz",
)
SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
