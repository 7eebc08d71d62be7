from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from fluxhound.history.recall import RRset
from tests.cli.test_contacts import CONN
from tests.service.web.serving import SHARE, Pipeline, served

Fluxhound = Callable[..., tuple[int, str, str]]


class Answers(Pipeline):
    """A service that knows what one name answered."""

    def rrsets(self, name: str, below: bool) -> Sequence[RRset]:
        if name != "evil.example":
            return ()
        seen = 1_700_000_000.0
        answer = RRset(name=name, type="A", rdata=("192.0.2.1",), first=seen, last=seen, count=1)
        return (answer,)


@pytest.fixture
def given(tmp_path: Path) -> Iterator[list[str]]:
    (tmp_path / "conn.log").write_text(CONN)
    (tmp_path / "token").write_text(SHARE)
    with served(Answers()) as address:
        flows, token = str(tmp_path / "conn.log"), str(tmp_path / "token")
        yield ["contacts", "--flows", flows, "--url", address, "--token-file", token]


def test_answers_come_from_a_service(fluxhound: Fluxhound, given: list[str]) -> None:
    status, out, _ = fluxhound(*given, "evil[.]example", "-q")
    [row] = map(json.loads, out.splitlines())
    assert status == 0
    assert (row["name"], row["connections"], row["addresses"]) == (
        "evil.example",
        1,
        ["192.0.2.1"],
    )
    assert row["asked"] is None  # the service tells no clients


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ((), "name what to ask the service for"),
        (("unknown.example",), "knows no answers of unknown.example"),
        (("evil.example", "--store", "x.duckdb"), "without --store and --dns"),
    ],
)
def test_what_cannot_be_asked(
    fluxhound: Fluxhound, given: list[str], more: tuple[str, ...], told: str
) -> None:
    status, _, err = fluxhound(*given, *more)
    assert status == 2
    assert told in err


def test_a_token_alone(fluxhound: Fluxhound, given: list[str]) -> None:
    args = [each for each in given if not each.startswith("http") and each != "--url"]
    assert "--token-file is for --url" in fluxhound(*args, "evil.example")[2]
