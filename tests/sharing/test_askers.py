from __future__ import annotations

import csv
import io
import json

import pytest

from fluxhound.history.whoasked import Asker, WhoAsked
from fluxhound.sharing.askers import render_csv, render_jsonl, render_table

HOSTILE = "\x1b[31m=cmd()\u202e\n"


def asker(client: str = "00000000000000ff", *names: str, count: int | None = 3) -> Asker:
    first, last = (0.0, 3600.0) if count else (None, None)
    return Asker(
        client=client, first=first, last=last, count=count, names=names or ("evil.example",)
    )


def asked(*clients: Asker, capped: bool = False, name: str = "evil.example") -> WhoAsked:
    count = sum(each.count or 0 for each in clients)
    return WhoAsked(name=name, clients=clients, capped=capped, count=count)


def test_a_table_for_people() -> None:
    found = asked(asker(), asker("10.0.0.1", "a.evil.example", "b.x", "c.x", "d.x", "e.x", count=1))
    assert render_table(found, defanged=True).splitlines() == [
        "evil[.]example: 2 clients asked 4 times.",
        "CLIENT            FIRST                 LAST                  COUNT  NAMES",
        "00000000000000ff  1970-01-01T00:00:00Z  1970-01-01T01:00:00Z  3      evil[.]example",
        (
            "10.0.0.1          1970-01-01T00:00:00Z  1970-01-01T01:00:00Z  1      "
            "a.evil[.]example, b[.]x, c[.]x and 2 more"
        ),
    ]


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (asked(), "evil.example: no client is known to have asked for it."),
        (asked(asker(count=1)), "evil.example: 1 client asked 1 time."),
        (asked(asker(count=None)), "evil.example: 1 client asked."),
        (asked(asker(), capped=True), "and more, of whom only the number of questions is kept"),
    ],
)
def test_the_sentence_says_what_is_known(found: WhoAsked, sentence: str) -> None:
    assert sentence in render_table(found, defanged=False).splitlines()[0]


def test_what_is_not_stored_is_told_apart_from_nothing() -> None:
    line = render_table(asked(asker(count=None)), defanged=False).splitlines()[-1]
    assert line.split() == ["00000000000000ff", "-", "-", "-", "evil.example"]
    assert (
        render_csv(asked(asker(count=None))).splitlines()[1] == "00000000000000ff,,,,evil.example"
    )


def test_json_lines_are_the_documents() -> None:
    (line,) = render_jsonl(asked(asker()))
    assert json.loads(line) == {"name": "evil.example", **asker().document()}
    assert list(render_jsonl(asked())) == []


@pytest.mark.parametrize("where", ["client", "names", "name"])
def test_hostile_text_is_harmless_wherever_it_stands(where: str) -> None:
    if where == "name":
        found = asked(asker(), name=HOSTILE)
    else:
        found = asked(asker(HOSTILE) if where == "client" else asker("1", HOSTILE))
    table = render_table(found, defanged=True)
    assert "\x1b" not in table
    assert "\u202e" not in table
    assert len(table.splitlines()) == 3
    (line,) = render_jsonl(found)
    assert line.count("\n") == 1
    assert line.isascii()
    (row,) = list(csv.reader(io.StringIO(render_csv(found))))[1:]
    assert all("\n" not in cell and not cell.startswith("=") for cell in row)
