from __future__ import annotations

import json
from collections.abc import Callable

from fluxhound.cli.formats import LACKS, REFUSED, describe
from fluxhound.sources.sniff import FORMATS

Fluxhound = Callable[..., tuple[int, str, str]]


def test_every_format_is_listed(fluxhound: Fluxhound) -> None:
    status, out, _ = fluxhound("formats")
    assert status == 0
    assert len(out.splitlines()) == len(FORMATS) + 1
    assert all(each.title in out for each in FORMATS)


def test_for_machines(fluxhound: Fluxhound) -> None:
    rows = json.loads(fluxhound("formats", "--json")[1])["formats"]
    assert [row["name"] for row in rows] == [each.name for each in FORMATS]


def test_what_cannot_be_used_at_all_says_so(fluxhound: Fluxhound) -> None:
    (line,) = [x for x in fluxhound("formats")[1].splitlines() if x.startswith("querylog ")]
    assert line.endswith("answers: refused, with what to turn on instead")
    rows = json.loads(fluxhound("formats", "--json")[1])["formats"]
    assert {r["name"]: r["not_observable"] for r in rows}["querylog"] == ["answers"]
    assert set(REFUSED) <= {each.name for each in FORMATS}


def test_every_lack_has_words() -> None:
    assert {lack for each in FORMATS for lack in each.not_observable} <= set(LACKS)


def test_one_format() -> None:
    assert describe("cof", "Passive DNS", ("ttl",))["not_observable"] == ["ttl"]
