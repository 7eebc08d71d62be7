"""PowerDNS Recursor as a resolver that takes the zones (checked with 4.8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fluxhound.response.setups.options import SetupOptions
from fluxhound.response.zone import RULE_TTL

CONF_FILE, LUA_FILE, KEY_FILE = "fluxhound.conf", "fluxhound.lua", "fluxhound.key.lua"

#: Seconds between two looks at the primary: the Recursor takes no NOTIFY for policy zones, and a
#: look that finds nothing new is one small query.
REFRESH_S = 1


def setup(options: SetupOptions) -> Mapping[str, str]:
    """Return the configuration files by name."""
    return {
        CONF_FILE: "\n".join(_settings(options)) + "\n",
        LUA_FILE: "\n".join(_lua(options)) + "\n",
        KEY_FILE: f'fluxhound_secret = "{options.secret_text}"\n',
    }


def _settings(options: SetupOptions) -> Iterator[str]:
    yield "# In recursor.conf: include-dir=FOLDER, with this file in FOLDER; or these lines in it."
    yield "# If there is a lua-config-file already, load ours from there with dofile."
    yield f"lua-config-file={options.folder}/{LUA_FILE}"
    yield "# The packet cache answers before any rule is looked at, so it would hide changes for as"
    yield "# long as a record lives."
    yield "disable-packetcache=yes"


def _lua(options: SetupOptions) -> Iterator[str]:
    yield f'dofile("{options.folder}/{KEY_FILE}")'
    yield "-- The order matters: the first zone with a rule decides."
    place = options.primary
    address = f"[{place.address}]" if ":" in place.address else place.address
    for zone in options.zones:
        yield f'rpzPrimary({{"{address}:{place.port}"}}, "{zone}", {{'
        yield f'  policyName="{zone}", refresh={REFRESH_S}, maxTTL={RULE_TTL},'
        yield f'  tsigname="{options.key_name}", tsigalgo="{options.algorithm}",'
        yield "  tsigsecret=fluxhound_secret,"
        yield f'  seedFile="{options.state}/{zone}.zone", dumpFile="{options.state}/{zone}.zone",'
        yield "})"
