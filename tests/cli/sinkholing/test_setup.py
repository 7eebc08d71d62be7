from __future__ import annotations

from fluxhound.cli.sinkholing.setup import command
from tests.cli.calling import call

PLACES = ("--listen", "192.0.2.1:80", "--listen", "192.0.2.1:443", "--listen", "[2001:db8::1]:443")


def test_all_that_is_needed_is_printed() -> None:
    status, out = call(command, *PLACES)
    assert status == 0
    assert "dnat ip to 192.0.2.1:80" in out
    assert "A     192.0.2.1\n" in out
    assert "AAAA  2001:db8::1\n" in out
    assert "curl -i -H 'Host: test.invalid' http://192.0.2.1:80/" in out
    assert "Do not install the sinkhole's CA" in out


def test_the_rules_alone() -> None:
    out = call(command, *PLACES, "--rules", "--except", "2222")[1]
    assert out.startswith("table inet fluxhound_sinkhole {\n")
    assert out.endswith("}\n")
    assert "{ 80, 443, 2222 }" in out
