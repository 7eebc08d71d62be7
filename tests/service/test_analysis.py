from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import fluxhound
from fluxhound.errors import (
    NoAnswersError,
    StoreError,
    TableError,
    UnknownNameError,
    UnreadableInputError,
    UsageError,
)
from fluxhound.records import SEVERITIES, EntityKind, VerdictKind
from fluxhound.service.analysis import Analysis, AnalysisOptions, Progress, analyze
from tests.scenarios import FLUX, START
from tests.service.drafts import WIDE, log, traffic, zeek_lines
from tests.writers import WRITERS

TESTS = Path(__file__).parent.parent
EXAMPLES = TESTS.parent / "examples"
NAME = FLUX["classic"].judged


@pytest.fixture(scope="module")
def analysis() -> Iterator[Analysis]:
    with analyze(io.BytesIO(log(zeek_lines()[1])), options=WIDE) as made:
        yield made


def test_findings_are_a_sequence_ranked_by_severity(analysis: Analysis) -> None:
    found = list(analysis)
    assert len(analysis) == len(found) == analysis.totals.findings >= 3
    assert analysis[0] == found[0]
    assert analysis[:2] == found[:2]
    ranks = [(-SEVERITIES.index(each.severity), -each.flux) for each in found]
    assert ranks == sorted(ranks)
    assert all(each.finding for each in found)


def test_entities_hold_the_findings_and_the_others(analysis: Analysis) -> None:
    assert len(analysis.entities) == analysis.totals.candidates
    found = [each for each in analysis.entities if each.finding]
    assert [each for each in found if each in list(analysis)] == list(analysis)
    spoken = {each.registered_domain for each in analysis}  # labels that another one stands for
    assert all(each in list(analysis) or each.registered_domain in spoken for each in found)


def test_look_alikes_are_no_findings(analysis: Analysis) -> None:
    assert analysis.look_alikes
    assert not any(each.finding for each in analysis.look_alikes)
    assert VerdictKind.VOLUNTEER_POOL in {each.verdict for each in analysis.look_alikes}


def test_find_and_timeline(analysis: Analysis) -> None:
    finding = analysis.find(NAME)
    assert finding == next(each for each in analysis if each.name == NAME)
    shown = analysis.timeline(NAME, EntityKind.NAME)
    assert shown.name == NAME
    assert len(shown.rows) + shown.rows_left_out == finding.measures["addresses"]
    assert all(a.rows and a.changes for a in [shown])
    firsts = [row.spans[0].first for row in shown.rows]
    assert firsts == sorted(firsts)


def test_an_unknown_name_is_answered_with_the_nearest(analysis: Analysis) -> None:
    with pytest.raises(UnknownNameError, match=f"Did you mean {NAME}"):
        analysis.find("pharma-deals42.com")
    with pytest.raises(UnknownNameError, match="Check its spelling"):
        analysis.timeline("nothing.like.that.invalid")
    with pytest.raises(UnknownNameError):
        analysis.find(NAME, EntityKind.NAME_SERVER)


def test_totals(analysis: Analysis) -> None:
    totals = analysis.totals
    times = traffic().column("time")
    assert totals.responses == len(zeek_lines()[1]) == totals.inputs[0].observations
    assert totals.names > totals.registered_domains >= 6
    assert totals.first == datetime.fromtimestamp(times[0].as_py(), UTC)
    assert totals.last == datetime.fromtimestamp(times[-1].as_py(), UTC)
    assert totals.tables
    assert analysis.find(NAME).not_observable[:1] == ("name-servers",)


def test_the_time_window() -> None:
    content = io.BytesIO(log(zeek_lines()[1]))
    since = datetime.fromtimestamp(START, UTC) + timedelta(hours=1)
    options = replace(WIDE, since=since, until=since + timedelta(hours=1))
    with analyze(content, options=options) as some:
        assert some.totals.first is not None
        assert some.totals.first >= since
        assert 0 < some.totals.responses < len(zeek_lines()[1])


def test_a_window_in_which_nothing_was_seen() -> None:
    options = replace(WIDE, since=datetime(2030, 1, 1, tzinfo=UTC))
    with analyze(io.BytesIO(log(zeek_lines()[1])), options=options) as none:
        assert (len(none), none.entities, none.look_alikes) == (0, (), ())
        assert (none.totals.responses, none.totals.first) == (0, None)


def test_wanted_names_get_a_profile() -> None:
    content = WRITERS["csv"](traffic(1, ("round-robin", "ordinary")))
    with analyze(io.BytesIO(content), options=AnalysisOptions(threads=1)) as few:
        assert few.totals.candidates == 0
        with pytest.raises(UnknownNameError):
            few.find("townlibrary.org")
    options = AnalysisOptions(threads=1, wanted=("townlibrary.org",))
    with analyze(io.BytesIO(content), options=options) as more:
        assert more.find("townlibrary.org").verdict in (
            VerdictKind.STATIC,
            VerdictKind.INSUFFICIENT_EVIDENCE,
        )


def test_narrow_and_wide_find_the_same(analysis: Analysis) -> None:
    options = AnalysisOptions(threads=1)
    with analyze(io.BytesIO(log(zeek_lines()[1])), options=options) as narrow:
        assert list(narrow) == list(analysis)
        assert len(narrow.entities) < len(analysis.entities)


@pytest.mark.parametrize("tables", [True, False])
def test_tables_are_told(tables: bool) -> None:
    options = replace(WIDE, tables=tables)
    with analyze(io.BytesIO(log(zeek_lines()[1][:300])), options=options) as made:
        assert bool(made.totals.tables) == tables
        assert ("asn" in made.entities[0].not_observable) == (not tables)


def test_inputs_are_paths_text_and_files(tmp_path: Path) -> None:
    path = tmp_path / "dns.log"
    path.write_bytes(log(zeek_lines()[1][:100]))
    with path.open("rb") as file:
        sources: tuple[Any, ...] = (path, [str(path), path], file)
        for source in sources:
            with fluxhound.analyze(source, options=WIDE) as made:
                assert made.totals.responses == 100


def test_the_example_of_the_package() -> None:
    with fluxhound.analyze([EXAMPLES / "papers" / "dns.log.gz"]) as findings:
        assert {finding.name for finding in findings}
        assert all(isinstance(finding.severity, fluxhound.Severity) for finding in findings)


def test_only_a_store(tmp_path: Path) -> None:
    options = replace(WIDE, store=tmp_path / "s")
    with analyze(io.BytesIO(log(zeek_lines()[1])), options=options) as first:
        found = list(first)
    with analyze([], options=options) as second:
        assert list(second) == found
        assert second.totals.inputs == ()


def test_an_empty_store_is_no_error(tmp_path: Path) -> None:
    with analyze([], options=replace(WIDE, store=tmp_path / "s")) as none:
        assert len(none) == 0


@pytest.mark.parametrize(
    ("inputs", "error", "told"),
    [
        ([b""], UnreadableInputError, "empty"),
        ([b"", b"x"], UnreadableInputError, "None of 2 inputs"),
        (["querylog"], NoAnswersError, "answers"),
    ],
)
def test_nothing_read_is_an_error(
    inputs: list[bytes | str], error: type[Exception], told: str
) -> None:
    made = [
        TESTS / "logs/querylog/bind.log" if isinstance(each, str) else io.BytesIO(each)
        for each in inputs
    ]
    with pytest.raises(error, match=told):
        analyze(made, options=WIDE)


def test_one_input_of_several_that_cannot_be_read_is_reported() -> None:
    content = log(zeek_lines()[1][:100])
    with analyze([io.BytesIO(b""), io.BytesIO(content)], options=WIDE) as made:
        bad, good = made.totals.inputs
        assert bad.error
        assert (good.error, good.observations) == (None, 100)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"input_format": "zek"}, UsageError),
        ({"store": Path("missing/folder/s")}, StoreError),
        ({"asn_table": Path("missing.csv")}, TableError),
        ({"temporary": Path("missing/folder")}, StoreError),
    ],
)
def test_choices_that_cannot_be_met(change: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        analyze(io.BytesIO(log([])), options=replace(WIDE, **change))  # type: ignore[arg-type]


def test_progress_ends_with_the_judgement() -> None:
    told: list[Progress] = []
    analyze(io.BytesIO(log(zeek_lines()[1][:50])), options=WIDE, progress=told.append).close()
    assert told[-1].stage == "judge"


@pytest.mark.parametrize("failure", [KeyboardInterrupt, MemoryError])
def test_whatever_happens_the_temporary_folder_goes(
    tmp_path: Path, failure: type[BaseException]
) -> None:
    def fail(progress: Progress) -> None:
        if progress.stage == "judge":
            raise failure

    options = replace(WIDE, temporary=tmp_path)
    with pytest.raises(failure):
        analyze(io.BytesIO(log(zeek_lines()[1][:50])), options=options, progress=fail)
    assert list(tmp_path.iterdir()) == []
