from __future__ import annotations

import base64
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fluxhound.cli.responding import setup
from fluxhound.errors import FluxhoundError
from fluxhound.response.setups.choice import KINDS
from fluxhound.response.setups.options import place_of

KNOT = ("knot", "--primary", "192.0.2.53", "--resolver", "bind:192.0.2.1")


def called(*words: str) -> Result:
    return CliRunner().invoke(setup.command, words, catch_exceptions=False)


def test_the_help_knows_all_kinds() -> None:
    assert setup.KINDS == KINDS
    result = called("--help")
    assert result.exit_code == 0
    assert "powerdns" in result.output


def test_a_primary_makes_the_key_and_a_resolver_takes_it(tmp_path: Path) -> None:
    assert called(*KNOT, "--write", str(tmp_path / "primary")).exit_code == 0
    key = tmp_path / "primary" / setup.KEY_FILE
    assert key.stat().st_mode & 0o777 == 0o600
    secret = key.read_text().strip()
    assert len(base64.b64decode(secret)) == 32
    assert secret in (tmp_path / "primary" / "fluxhound.key.conf").read_text()
    assert "192.0.2.53@53" in (tmp_path / "primary" / "knot.conf").read_text()
    told = called("powerdns", "--key-file", str(key), "--write", str(tmp_path / "resolver"))
    assert "mode 0600" in told.output
    lua = tmp_path / "resolver" / "fluxhound.key.lua"
    assert secret in lua.read_text()
    assert lua.stat().st_mode & 0o777 == 0o600


def test_the_screen_shows_no_secret(tmp_path: Path) -> None:
    assert called(*KNOT, "--write", str(tmp_path)).exit_code == 0
    key = tmp_path / setup.KEY_FILE
    shown = called("bind", "--key-file", str(key)).output
    assert key.read_text().strip() not in shown
    assert "response-policy" in shown


def test_zones_and_folders_can_be_chosen() -> None:
    shown = called("unbound", "--zone", "flux.corp", "--state", "/srv/zones").output
    assert 'name: "pass.flux.corp."' in shown
    assert 'zonefile: "/srv/zones/block.flux.corp.zone"' in shown


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("bind",), "--key-file"),
        (("knot", "--primary", "host"), "no address"),
        (("knot", "--primary", "192.0.2.1:x"), "ADDRESS:PORT"),
        (("knot", "--resolver", "nsd:192.0.2.1"), "KIND:ADDRESS"),
        (("knot", "--resolver", "bind"), "KIND:ADDRESS"),
        (("knot", "--zone", "a b"), "policy zone"),
        (("knot", "--folder", 'x"'), "whole path"),
    ],
)
def test_what_cannot_be_meant_is_told(words: tuple[str, ...], told: str) -> None:
    with pytest.raises(FluxhoundError, match=told):
        called(*words)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5402", ("192.0.2.1", 5402)),
        ("2001:db8::1", ("2001:db8::1", 53)),
        ("[2001:db8::1]", ("2001:db8::1", 53)),
        ("[2001:db8::1]:5402", ("2001:db8::1", 5402)),
    ],
)
def test_places_are_read(text: str, expected: tuple[str, int]) -> None:
    place = place_of(text)
    assert (place.address, place.port) == expected
