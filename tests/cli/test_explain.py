from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fluxhound.sharing.document import render_jsonl
from tests.cli.stand_in import StandIn, finding

Fluxhound = Callable[..., tuple[int, str, str]]


def test_a_name_is_explained_from_logs(fluxhound: Fluxhound, engine: StandIn, log: str) -> None:
    status, out, _ = fluxhound("explain", "Evil[.]Example", log)
    assert status == 0
    assert "evil[.]example" in out
    assert "its addresses lie in 25 networks" in out
    assert engine.inputs == [log]
    assert engine.options.wanted == ("evil.example",)


def test_an_unknown_name_is_answered_with_the_nearest(
    fluxhound: Fluxhound, engine: StandIn, log: str
) -> None:
    status, out, err = fluxhound("explain", "evil.exampel", log)
    assert (status, out) == (2, "")
    assert "evil.example" in err


def test_a_name_is_explained_from_a_saved_result(fluxhound: Fluxhound) -> None:
    Path("saved.jsonl").write_bytes(b"".join(render_jsonl([finding()])))
    status, out, _ = fluxhound("explain", "evil.example", "--from", "saved.jsonl", "--no-defang")
    assert status == 0
    assert "evil.example" in out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["evil.example"], "Say where to look"),
        (["evil.example", "dns.log", "--from", "x.jsonl"], "either logs or --from"),
        ([], "Missing argument 'NAME'"),
    ],
)
def test_what_is_missing(fluxhound: Fluxhound, args: list[str], message: str) -> None:
    status, _, err = fluxhound("explain", *args)
    assert status == 2
    assert message in err
