from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from fluxhound.cli.sinkholing.serve import command, make_setup, places
from fluxhound.errors import UsageError
from fluxhound.response.sinkhole.limits import Limits, Place
from tests.cli.calling import call

GIVEN = {
    "listen": ("127.0.0.1:0", "[::1]:443"),
    "folder": Path("x"),
    "contact": "Call 4711",
    "keep": "7d",
    "connections": 100,
    "per_network": None,
    "per_client": 9,
    "no_log": True,
}


def test_the_setup_is_what_was_asked_for() -> None:
    setup = make_setup(GIVEN)
    assert setup.places == (
        Place(address="127.0.0.1", port=0),
        Place(address="::1", port=443),
    )
    assert (setup.contact, setup.keep, setup.log) == ("Call 4711", timedelta(days=7), False)
    assert (setup.limits.connections, setup.limits.per_client) == (100, 9)
    assert setup.limits.per_network == Limits().per_network


@pytest.mark.parametrize("keep", ["", "30", "1m", "4000d"])
def test_how_long_is_within_reason(keep: str) -> None:
    with pytest.raises(UsageError, match="--keep"):
        make_setup({**GIVEN, "keep": keep})


def test_a_place_that_is_none() -> None:
    with pytest.raises(UsageError, match="--listen: '80' is no place"):
        places(("80",))


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    assert call(command)[0] == 2
    status, out = call(command, "--listen", "127.0.0.1:0")
    assert (status, "--folder" in out) == (2, True)


def test_what_is_wrong_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    words = ("--listen", "127.0.0.1:0", "--folder", str(tmp_path / "file"))
    with pytest.raises(Exception, match="cannot be made"):
        call(command, *words)


def test_help_names_the_bounds() -> None:
    out = call(command, "--help")[1]
    assert "[2048]" in out
    assert "[512]" in out
    assert "[64]" in out
    limits = Limits()
    assert (limits.connections, limits.per_network, limits.per_client) == (2_048, 512, 64)
