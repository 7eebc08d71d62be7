from __future__ import annotations

import pytest

from fluxhound.lab.evaluation import evaluated
from fluxhound.lab.report import BEGIN, END, render, replaced
from tests.lab.measured import NETWORKS, evaluation, units


def test_every_part_has_its_section() -> None:
    text = render(evaluation(missed=1, false=1), run=["Seeds 1 to 3."])
    for heading in (
        "What was measured", "Goals", "False findings", "Recall", "Delay and repeated looks",
        "Single or double flux", "Beside the published rules", "Seen from: one",
        "Benign families left out", "What each group of features is worth", "Calibration",
        "The cost of evasion",
    ):  # fmt: skip
        assert text.count(f"## {heading}\n") == 1
    assert "- Seeds 1 to 3.\n" in text
    assert "Networks that alerted: 2; without any domain in flux 1" in text
    assert "- something was left out.\n" in text
    assert "](figures/recall.svg)" in text
    assert "measured (simulated)" in text


@pytest.mark.parametrize(
    "row",
    [
        "| all | 40 | 1 | 25,000 (633 to 131,586) | 0 |",
        "| classic | 90.0% (55.5% to 99.75%; n = 10) | 100.0% (69.2% to 100.0%; n = 10) |",
        "| cdn | 25,000 (633 to 131,586) | 50 | 50 (1.3 to 279) | 90.0%",
        "| A growth and churn | 25.0%",
        "| few addresses | counts | 3 addresses a day, every 1,800 s (2 live hosts) |",
        "| double | 100.0%",
        "Drawing whole pools (50, in the runs with published rules), recall",
        "False findings in any of 3 looks at one day: 1 of 40",
    ],
)
def test_numbers_stand_where_they_belong(row: str) -> None:
    assert row in render(evaluation(missed=1, false=1))


def test_sections_without_numbers_are_left_out() -> None:
    text = render(evaluated(units(), networks=NETWORKS, strays=0))
    assert "## Recall\n" in text
    assert "evasion" not in text
    assert "left out\n" not in text


def test_tables_keep_their_columns() -> None:
    lines = render(evaluation()).splitlines()
    rows = [line for line in lines if line.startswith("|")]
    rules = [at for at, line in enumerate(lines) if line.startswith("| ---")]
    assert all(line.endswith("|") for line in rows)
    assert all(lines[at].count("|") == lines[at + 1].count("|") for at in rules)
    assert len(rules) > 10


def test_only_what_stands_between_the_marks_is_replaced() -> None:
    page = f"# Evaluation\n\n{BEGIN}\nold\n{END}\n\nafter\n"
    new = replaced(page, "new\n")
    assert new == f"# Evaluation\n\n{BEGIN}\n\nnew\n\n{END}\n\nafter\n"
    assert replaced(new, "new") == new
    with pytest.raises(ValueError, match="lacks"):
        replaced("# Evaluation", "new")
