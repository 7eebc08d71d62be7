"""Alerts for tests: as the service would raise them, and any at all."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from fluxhound.records import Alert, AlertKind, Finding, Severity, VerdictKind
from fluxhound.sharing.headline import HeldBack
from tests.sharing import builders, strategies

SCHEMAS = Path(__file__).parent.parent / "schemas"
ADDRESSES = tuple(f"198.51.100.{number}" for number in range(1, 40))


def alert(finding: Finding | None = None, **given: object) -> Alert:
    usual: dict[str, object] = {
        "id": "3f0e6c1c-7f0e-5b63-9c5c-0a4b8f0d2c11",
        "kind": AlertKind.APPEARED,
        "time": builders.START + timedelta(hours=7),
        "finding": finding or builders.single_flux(),
        "clients": 9,
        "link": "https://flux.example/findings/kx-delivery.example",
    }
    return Alert(**{**usual, **given})  # type: ignore[arg-type]


def grew() -> Alert:
    return alert(
        builders.double_flux(),
        id="77f0a4a2-52d1-5d2c-8a57-3a44d54b5b2e",
        kind=AlertKind.GREW,
        previous=VerdictKind.FLUX_SUSPECT,
        previous_severity=Severity.MEDIUM,
        link="",
    )


def ended() -> Alert:
    return alert(
        builders.cdn(),
        id="0c2f1d7c-3f6b-5d0c-9a49-4cf2f2a8d9a0",
        kind=AlertKind.ENDED,
        previous=VerdictKind.SINGLE_FLUX,
        previous_severity=Severity.HIGH,
        clients=None,
    )


def hostile() -> Alert:
    return alert(builders.hostile(), link="https://flux.example/x y\r\n|=\\")


def of_network() -> Alert:
    return alert(builders.network(), link="")


def held_back() -> HeldBack:
    time = builders.START + timedelta(hours=7)
    return HeldBack(id="b7f5a4a2-52d1-5d2c-8a57-3a44d54b5b2e", time=time, held=12)


def everything() -> list[Alert | HeldBack]:
    return [alert(), grew(), ended(), hostile(), of_network(), held_back()]


alerts = st.builds(
    Alert,
    id=strategies.names,
    kind=st.sampled_from(AlertKind),
    time=strategies.times,
    finding=strategies.findings,
    clients=st.none() | st.integers(0, 10**9),
    link=strategies.texts,
    previous=st.none() | st.sampled_from(VerdictKind),
    previous_severity=st.none() | st.sampled_from(Severity),
)
told = alerts | st.builds(
    HeldBack, id=strategies.names, time=strategies.times, held=st.integers(1, 10**6)
)
addresses = st.lists(strategies.texts | st.sampled_from(ADDRESSES), max_size=30)


@cache
def validator(name: str) -> Draft202012Validator:
    schema: dict[str, Any] = orjson.loads((SCHEMAS / name).read_bytes())
    return Draft202012Validator(schema)


def faults(schema: str, document: object) -> list[str]:
    """Return what a document does against a schema, after it went over the wire."""
    parsed = orjson.loads(orjson.dumps(document))
    found = validator(schema).iter_errors(parsed)
    return [f"{list(fault.absolute_path)}: {fault.message[:200]}" for fault in found]


def parse_cef(line: str) -> tuple[list[str], dict[str, str]]:
    """Read CEF as a receiver does that knows only the standard: an oracle, not our code."""
    assert line.isprintable()
    version, *rest = re.split(r"(?<!\\)(?:\\\\)*\|", line, maxsplit=7)
    assert version == "CEF:0"
    *head, extension = rest
    pairs: dict[str, str] = {}
    # A key begins at the start or after a blank, and ends with the next equals sign that is bare.
    at = [m.span(1) for m in re.finditer(r"(?:^| )(\w+)(?==)", extension)]
    for (start, end), (after, _) in zip(at, [*at[1:], (len(extension) + 1, 0)], strict=True):
        key, text = extension[start:end], extension[end + 1 : after - 1]
        assert not re.search(r"(?<!\\)(?:\\\\)*=", text), text
        assert key not in pairs
        pairs[key] = re.sub(r"\\(.)", r"\1", text)
    return [re.sub(r"\\(.)", r"\1", part) for part in head], pairs


def parse_leef(line: str) -> tuple[list[str], dict[str, str]]:
    """Read LEEF 2.0 as IBM describes it: an oracle, not our code."""
    assert not set(line) & set("\r\n\0")
    version, *head, code, attributes = line.split("|", 6)
    assert version == "LEEF:2.0"
    delimiter = chr(int(code.removeprefix("0").removeprefix("x"), 16))
    pairs = [pair.partition("=") for pair in attributes.split(delimiter)]
    assert all(re.fullmatch(r"[A-Za-z]+", key) for key, _, _ in pairs)
    assert len({key for key, _, _ in pairs}) == len(pairs)
    return head, {key: text for key, _, text in pairs}
