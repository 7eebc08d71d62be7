"""What must never come in, in every format that could bring it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable

import pytest

from fluxhound.errors import FluxhoundError
from fluxhound.intel.refusing import own
from fluxhound.intel.screening import Rules
from tests.intel.readers import read, survives, taken

GOOD = "evil-for-a-test.com"


def stix(values: list[str]) -> str:
    return json.dumps(
        {
            "type": "bundle",
            "id": "bundle--00000000-0000-4000-8000-000000000000",
            "objects": [
                {
                    "type": "indicator",
                    "spec_version": "2.1",
                    "id": f"indicator--00000000-0000-4000-8000-{number:012d}",
                    "created": "2026-01-01T00:00:00Z",
                    "modified": "2026-01-01T00:00:00Z",
                    "valid_from": "2026-01-01T00:00:00Z",
                    "pattern_type": "stix",
                    "pattern": f"[domain-name:value = '{value}' OR ipv4-addr:value = '{value}']",
                }
                for number, value in enumerate(values)
            ],
        }
    )


def misp(values: list[str]) -> str:
    attributes = [
        {"type": kind, "value": value, "to_ids": True}
        for value in values
        for kind in ("domain", "ip-dst")
    ]
    return json.dumps({"Event": {"info": "x", "Attribute": attributes}})


def intelmq(values: list[str]) -> str:
    return "".join(
        json.dumps({"source.fqdn": value, "source.ip": value, "feed.name": "x"}) + "\n"
        for value in values
    )


#: Format -> a feed of it that holds these values.
FORMATS: dict[str, Callable[[list[str]], str]] = {
    "text": lambda values: "\n".join(values) + "\n",
    "csv": lambda values: "value,type\n" + "".join(f"{v},domain\n{v},ip\n" for v in values),
    "hosts": lambda values: "".join(f"0.0.0.0 {value}\n" for value in values),
    "rpz": lambda values: (
        "$TTL 60\n@ SOA a. b. 1 1 1 1 1\n" + "".join(f"{v} CNAME .\n" for v in values)
    ),
    "adblock": lambda values: "[Adblock Plus]\n" + "".join(f"||{v}^\n" for v in values),
    "resolver": lambda values: "".join(f"address=/{value}/0.0.0.0\n" for value in values),
    "stix": stix,
    "misp": misp,
    "intelmq": intelmq,
}
HOSTILE = {
    "names of ten thousand labels": ["a." * 10_000 + "com", "a." * 130 + "com"],
    "public suffixes": ["com", "co.uk", "."],
    "private and reserved addresses": ["10.0.0.1", "127.0.0.1", "0.0.0.0", "169.254.1.1"],  # noqa: S104 - nothing listens
    "our own": ["bank.example", "www.bank.example", "198.51.100.9"],
}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("what", HOSTILE)
def test_it_never_comes_in(form: str, what: str) -> None:
    rules = Rules(own=own(["bank.example", "198.51.100.0/24"]))
    forced = form if form in {"text", "csv", "hosts", "rpz", "adblock", "resolver"} else None
    found = taken(FORMATS[form]([*HOSTILE[what], GOOD]), forced, rules=rules)
    assert {line.split()[-1] for line in found} == {GOOD}


@pytest.mark.parametrize(
    "content",
    [
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>',
        "&lt;a&gt;\nevil-for-a-test.com&#46;evil.example\n",
        "[domain-name:value MATCHES '(a+)+$']\n" * 50,
    ],
)
def test_tricks_bring_nothing(content: str) -> None:
    survives(content.encode())
    with contextlib.suppress(FluxhoundError):
        assert read(content).table["value"].to_pylist() == []


def test_expressions_that_never_end_are_not_run() -> None:
    pattern = "[domain-name:value MATCHES '^(([a-z])+.)+[A-Z]([a-z])+$']"
    bundle = json.loads(stix([GOOD]))
    bundle["objects"][0]["pattern"] = pattern
    assert taken(json.dumps(bundle)) == []
