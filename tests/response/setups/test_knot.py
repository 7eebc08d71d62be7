import dataclasses

from fluxhound.response.setups.knot import KEY_FILE, setup
from tests.response.setups.sample import OPTIONS, SECRET


def test_who_cannot_sign_is_let_in_by_address_and_gets_whole_zones() -> None:
    text = setup(OPTIONS)["knot.conf"]
    assert "address: [192.0.2.2]\n    action: transfer" in text
    assert text.count("provide-ixfr: off") == 2
    assert "block.rpz.fluxhound\n  - domain: servers.rpz.fluxhound\n    #" in text
    assert "address: 192.0.2.1@53\n    key: fluxhound" in text
    assert "notify: [resolver-1, resolver-2]" in text
    assert "192.0.2.3" not in text  # PowerDNS asks by itself


def test_without_unbound_nobody_is_let_in_by_address() -> None:
    signing = dataclasses.replace(OPTIONS, resolvers=OPTIONS.resolvers[:1])
    text = setup(signing)["knot.conf"]
    assert "unsigned" not in text
    assert "provide-ixfr" not in text
    assert "remote" not in setup(dataclasses.replace(OPTIONS, resolvers=()))["knot.conf"]


def test_the_key_has_a_file_of_its_own() -> None:
    files = setup(OPTIONS)
    assert f"include: /etc/rpz/{KEY_FILE}" in files["knot.conf"]
    assert f"secret: {SECRET}" in files[KEY_FILE]
    assert "@ 60 SOA" in files["block.rpz.fluxhound.zone"]
