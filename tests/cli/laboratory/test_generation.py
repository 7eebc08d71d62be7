from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fluxhound.cli.laboratory import generation
from fluxhound.cli.laboratory.generate import command
from fluxhound.service.intake import Progress
from tests.lab.writing.made import compared, read

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def planned(*options: str) -> generation.Plan:
    context = command.make_context("generate", list(options))
    return generation.plan(context.params, now=NOW)


def test_the_plan_is_what_the_options_say() -> None:
    plan = planned(
        *("--out", "a.cof", "--position", "above", "--resolvers", "7", "--days", "3"),
        *("--archetype", "slow=4", "--start", "2025-03-01", "--loss", "0.25", "--seed", "9"),
    )
    assert plan.setting.counts == {"slow": 4}
    assert plan.setting.start == datetime(2025, 3, 1, tzinfo=UTC).timestamp()
    assert (plan.setting.days, plan.setting.seed) == (3, 9)
    sensor = plan.setting.vantage
    assert (sensor.position, sensor.resolvers, sensor.loss) == ("above", 7, 0.25)
    assert sensor.aggregated  # the format holds nothing else
    assert plan.form.name == "cof"
    assert plan.truth


def test_the_run_tells_how_far_it_is_and_what_it_wrote(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[Progress] = []
    plan = planned("--out", "a.pcap", "--archetype", "classic=1", "--archetype", "parked=9")
    monkeypatch.setattr("fluxhound.lab.writing.messages.MESSAGE_OCTETS", 150)
    done = generation.run(plan, told.append)
    assert [each.stage for each in told if each.records] == sorted(each.stage for each in told)
    assert {each.stage for each in told} == {"generating", "writing"}
    assert done.flux == 1
    assert done.paths == [Path("a.pcap"), Path("a.pcap.truth.jsonl")]
    first, *rest = generation.summary(plan, done).splitlines()
    assert first.startswith("a.pcap: ")
    assert "(pcap)" in first
    assert first.endswith(" registered domains, 1 of them flux; seed 1")
    assert rest[0].startswith("left out: ")
    assert rest[0].endswith("(message longer than its pointers reach)")


@pytest.mark.parametrize("position", ["below", "above"])
def test_packets_hold_what_the_table_holds(position: str) -> None:
    found = []
    for name in ("a.csv", "a.pcap"):
        options = ("--archetype", "double=2", "--archetype", "cdn-own=2", "--position", position)
        done = generation.run(planned("--out", name, *options), lambda _: None)
        assert not done.recording.left_out
        columns = ("time", "name", "type", "answers", "ttl", "client", "sensor")
        found.append(compared(read(Path(name)), *columns))
    assert found[0] == found[1]
    assert {row[2] for row in found[0]} >= {"A", "NS"}


def test_large_runs_are_ordered_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = planned("--out", "a.csv", "--archetype", "classic=1", "--archetype", "parked=9")
    generation.run(plan, lambda _: None)
    whole = Path("a.csv").read_bytes()
    monkeypatch.setattr("fluxhound.lab.writing.order.ROWS_AT_ONCE", 50)
    generation.run(plan, lambda _: None)
    assert Path("a.csv").read_bytes() == whole
