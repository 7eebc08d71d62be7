import dataclasses

from fluxhound.response.setups.options import Place
from fluxhound.response.setups.powerdns import CONF_FILE, KEY_FILE, LUA_FILE, setup
from tests.response.setups.sample import OPTIONS, SECRET


def test_the_packet_cache_is_off_and_the_primary_is_asked_every_second() -> None:
    files = setup(OPTIONS)
    assert "disable-packetcache=yes" in files[CONF_FILE]
    assert files[LUA_FILE].count("refresh=1") == 4
    assert SECRET in files[KEY_FILE]
    assert f'dofile("/etc/rpz/{KEY_FILE}")' in files[LUA_FILE]


def test_an_address_with_colons_stands_in_brackets() -> None:
    options = dataclasses.replace(OPTIONS, primary=Place("2001:db8::53", 5402))
    assert 'rpzPrimary({"[2001:db8::53]:5402"}' in setup(options)[LUA_FILE]
