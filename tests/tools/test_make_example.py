from __future__ import annotations

import gzip
import tomllib
from pathlib import Path

from tools import make_example
from tools.make_example import ANSWERS, CLIENT, CLIENTS, QUERY, SIMULATED, TIME, excerpt, replayed

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
PAPERS = tomllib.loads((EXAMPLES / "papers" / "answers.toml").read_text())["answer"]


def rows(folder: str) -> list[list[str]]:
    with gzip.open(EXAMPLES / folder / "dns.log.gz", "rt") as file:
        return [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")]


def test_the_replay_holds_the_printed_addresses_and_no_other() -> None:
    printed: dict[str, set[str]] = {}
    for answer in PAPERS:
        names = {*answer["addresses"], *answer.get("chain", [])}
        printed.setdefault(answer["name"], set()).update(names)
    seen: dict[str, set[str]] = {}
    for row in rows("papers"):
        seen.setdefault(row[QUERY], set()).update(row[ANSWERS].split(","))
    assert seen == printed


def test_the_replay_is_what_the_tool_makes_of_the_papers() -> None:
    times = [float(row[TIME]) for row in rows("wrccdc")]
    made = []
    for name in dict.fromkeys(each["name"] for each in PAPERS):
        ours = [each for each in PAPERS if each["name"] == name]
        made += list(replayed(ours, min(times), max(times)))
    assert sorted(made, key=lambda row: float(row[TIME])) == rows("papers")


def test_the_made_up_clients_are_in_the_replay_only() -> None:
    assert {row[CLIENT] for row in rows("papers")} == set(CLIENTS)
    assert {row[CLIENT] for row in rows("wrccdc")}.isdisjoint(CLIENTS)


def test_the_readme_tells_the_number_of_rows() -> None:
    readme = (EXAMPLES / "README.md").read_text()
    for folder in ("wrccdc", "papers"):
        assert f" {len(rows(folder)):,} rows" in readme


def test_the_readme_tells_how_the_made_up_log_was_made() -> None:
    readme = (EXAMPLES / "simulated" / "README.md").read_text()
    assert f"$ fluxhound lab generate {SIMULATED} --out dns.dnstap.gz\n" in readme


def test_an_excerpt_keeps_more_of_what_rotates() -> None:
    def line(name: str, answer: str) -> str:
        columns = ["1.0"] * 23
        columns[QUERY], columns[ANSWERS], columns[13] = name, answer, "A"
        return "\t".join(columns) + "\n"

    rotating = [line("pool.example", f"192.0.2.{number}") for number in range(50)]
    still = [line("www.example", "192.0.2.1")] * 50
    kept = list(excerpt(["#fields\n", *rotating, *still]))
    assert kept[0] == "#fields\n"
    assert kept[1:] == [
        *rotating[: make_example.ROWS_ROTATING],
        *still[: make_example.ROWS_OTHER],
    ]


def test_files_are_the_same_byte_for_byte(tmp_path: Path) -> None:
    for name in ("a.gz", "b.gz"):
        make_example.write(tmp_path / name, ["one\n", "two\n"])
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()
