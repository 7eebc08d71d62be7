from __future__ import annotations

from pathlib import Path

from fluxhound.response.brakes import RULES

PAGE = Path(__file__).parents[2] / "docs" / "response.md"


def row(rule: object) -> str:
    known = {name: getattr(rule, name) for name in ("id", "prevents", "lifted", "standing")}
    lifted, stands = ("yes" if known[name] else "no" for name in ("lifted", "standing"))
    return f"| `{known['id']}` | {known['prevents']} | {lifted} | {stands} |"


def test_the_table_of_brakes_is_the_code() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    begin = lines.index("| brake | prevents | can be lifted | stands |") + 2
    end = lines.index("", begin)
    assert lines[begin:end] == [row(rule) for rule in RULES]
