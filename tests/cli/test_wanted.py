from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from fluxhound.cli import wanted
from fluxhound.cli.wanted import entity_of, find_saved, find_wanted, plain_name
from fluxhound.errors import UnknownNameError, UnreadableInputError
from fluxhound.records import EntityKind, Severity
from fluxhound.sharing.document import render_jsonl
from tests.cli.stand_in import StandInAnalysis, finding, totals


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("evil.example", "evil.example"),
        (" Evil[.]Example. ", "evil.example"),
        ("hxxps://evil[.]example/a.php?b", "evil.example"),
        ("evil(dot)example", "evil.example"),
    ],
)
def test_a_name_as_typed_or_pasted(typed: str, name: str) -> None:
    assert plain_name(typed) == name


def test_entities() -> None:
    assert entity_of(None) is None
    assert entity_of("network") is EntityKind.NETWORK


def test_a_saved_finding() -> None:
    saved = Path("findings.jsonl")
    entities = (finding(), finding("cdn.example", Severity.INFO))
    saved.write_bytes(b"".join(render_jsonl(entities)))
    assert find_saved(saved, "cdn.example").name == "cdn.example"
    assert find_saved(saved, "evil.example", EntityKind.NAME).verdict == "single-flux"
    with pytest.raises(
        UnknownNameError, match=r"nothing about evil.exmple. The nearest .* evil.example"
    ):
        find_saved(saved, "evil.exmple")
    with pytest.raises(UnknownNameError):
        find_saved(saved, "evil.example", EntityKind.NETWORK)


def test_a_name_that_is_something_else() -> None:
    analysis = StandInAnalysis((finding(),), totals())
    assert find_wanted(analysis, "evil.example", EntityKind.NAME).name == "evil.example"  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="not profiled as a network, but as a name: leave"):
        find_wanted(analysis, "evil.example", EntityKind.NETWORK)  # type: ignore[arg-type]
    for entity in (None, EntityKind.NETWORK):
        with pytest.raises(UnknownNameError, match=r"Nearest: evil\.example"):
            find_wanted(analysis, "evil.exampel", entity)  # type: ignore[arg-type]


def test_what_is_no_saved_result() -> None:
    Path("x.log").write_text("#separator\n")
    with pytest.raises(UnreadableInputError, match=r"x\.log: Line 1 of the saved result"):
        find_saved(Path("x.log"), "evil.example")
    with pytest.raises(UnreadableInputError, match="cannot be read"):
        find_saved(Path("none.jsonl"), "evil.example")


def test_the_example_in_the_docstring() -> None:
    assert doctest.testmod(wanted).failed == 0
