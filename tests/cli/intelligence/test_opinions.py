from __future__ import annotations

import pytest

from fluxhound.cli.intelligence.opinions import REASONS_SHOWN, WORDS, print_opinion
from fluxhound.intel.deciding import Opinion, Reason, Stand
from fluxhound.intel.documents import opinion_document
from fluxhound.intel.indicator import Kind
from fluxhound.intel.matching import How

REASON = Reason(
    stand=Stand.LISTED,
    source="feed",
    value="evil.example",
    kind=Kind.DOMAIN,
    how=How.BELOW,
    weight=0.45,
    text="feed lists evil.example and all below it as \x1b[31m",
    last_seen=1_706_004_000.0,
)


def test_every_stand_has_its_words() -> None:
    assert set(WORDS) == set(Stand)


def test_many_reasons_are_cut(capsys: pytest.CaptureFixture[str]) -> None:
    opinion = Opinion(
        name="a.evil.example", stand=Stand.LISTED, reasons=(REASON,) * 20, weight=0.45
    )
    print_opinion(opinion_document(opinion), {"config": None})
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == REASONS_SHOWN + 2
    assert lines[1] == (
        "  decides  feed lists evil[.]example and all below it as \\x1b[31m, seen 2024-01-23"
    )
    assert lines[-1] == "  and 12 more; --format jsonl has all"
