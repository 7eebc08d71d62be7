from __future__ import annotations

import threading

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from fluxhound.records import KEPT_COLUMN, Severity, VerdictKind
from fluxhound.service.meters import MOST_LABELS, MOST_REASONS, OTHER, Meters, rrtypes
from fluxhound.sources.live import RUNNING, SHED, SILENT
from fluxhound.sources.tally import Tally

SENTINEL = "kx-sentinel.example"
ADDRESS = "198.51.100.77"


def meters() -> Meters:
    return Meters(version="1.2.3", sources=("resolver-1", "http"), destinations=("siem",))


def values(made: Meters) -> dict[tuple[str, tuple[str, ...]], float]:
    """Return every sample: its name and the values of its labels, the source's first."""
    first = ("source", "verdict", "destination")
    families = text_string_to_metric_families(made.exposition().decode())
    return {
        (
            sample.name,
            tuple(
                sample.labels[key] for key in sorted(sample.labels, key=lambda k: k not in first)
            ),
        ): sample.value
        for family in families
        for sample in family.samples
    }


def test_a_portion_is_counted_whole() -> None:
    made = meters()
    tally = Tally(records=20, observations=12)
    tally.pass_over("no addresses", 3)
    tally.pass_over(SHED, 4)
    tally.reject("no time", "x")
    made.took("resolver-1", tally, {"A": 10, "NS": 2})
    seen = values(made)
    assert seen["fluxhound_records_total", ("resolver-1",)] == 20
    assert seen["fluxhound_observations_total", ("resolver-1", "A")] == 10
    assert seen["fluxhound_observations_total", ("resolver-1", "NS")] == 2
    assert seen["fluxhound_observations_rejected_total", ("resolver-1", "no time")] == 1
    assert seen["fluxhound_passed_over_total", ("resolver-1", "no addresses")] == 3
    assert seen["fluxhound_shed_total", ("resolver-1",)] == 4


def test_everything_else() -> None:
    made = meters()
    made.tracked(61_204)
    made.judging(waiting=3, postponed=2, dropped=1, failures=0)
    made.judged(VerdictKind.DOUBLE_FLUX, Severity.CRITICAL)
    made.open_findings({Severity.HIGH: 2})
    made.lag("resolver-1", 0.75)
    with made.stage("record"):
        pass
    made.alerted("siem", "sent")
    made.outbox("siem", 7)
    made.input_state("resolver-1", SILENT)
    made.input_state("resolver-1", RUNNING)
    made.store_size(4096)
    made.disk_free(1 << 30)
    made.table_age("asn", 86_400)
    seen = values(made)
    expected = {
        ("domains_tracked", ()): 61_204,
        ("judging_waiting", ()): 3,
        ("judging_mishaps", ("dropped",)): 1,
        ("findings_total", ("double-flux", "critical")): 1,
        ("findings_open", ("high",)): 2,
        ("findings_open", ("info",)): 0,
        ("pipeline_lag_seconds", ("resolver-1",)): 0.75,
        ("stage_duration_seconds_count", ("record",)): 1,
        ("alerts_total", ("siem", "sent")): 1,
        ("outbox_waiting", ("siem",)): 7,
        ("input_state", ("resolver-1", "running")): 1,
        ("input_state", ("resolver-1", "silent")): 0,
        ("store_bytes", ()): 4096,
        ("disk_free_bytes", ()): 1 << 30,
        ("data_age_seconds", ("asn",)): 86_400,
        ("build_info", ("1.2.3",)): 1,
    }
    got = {key: seen[f"fluxhound_{key[0]}", key[1]] for key in expected}
    assert got == expected


@given(text=st.text(max_size=300))
def test_a_label_never_comes_from_a_record(text: str) -> None:
    name = f"{SENTINEL}{text}{ADDRESS}"
    made = meters()
    made.took(name, Tally(records=1), {name: 1})
    made.shed(name, 1)
    made.lag(name, 1.0)
    made.alerted(name, name)
    made.outbox(name, 1)
    made.input_state(name, name)
    with made.stage(name):
        pass
    shown = made.exposition().decode()
    assert SENTINEL not in shown
    assert ADDRESS not in shown
    assert values(made)["fluxhound_records_total", (OTHER,)] == 1


@pytest.mark.parametrize("wrong", [SENTINEL, ADDRESS, ""])
def test_verdicts_and_severities_are_words_of_ours(wrong: str) -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        meters().judged(wrong, Severity.LOW)  # type: ignore[arg-type]


def test_configured_names_are_escaped_and_cut() -> None:
    name = 'a"\n\x1b[31m' + "x" * 500
    made = Meters(version="1", sources=(name,))
    made.took(name, Tally(records=1), {})
    shown = [line for line in made.exposition().decode().splitlines() if "records_total{" in line]
    assert len(shown) == 1
    assert "\x1b" not in shown[0]
    assert len(shown[0]) < 200


def test_the_number_of_series_is_bounded() -> None:
    made = Meters(version="1", sources=(f"s{i}" for i in range(MOST_LABELS + 50)))
    tally = Tally()
    for i in range(MOST_REASONS + 50):
        tally.reject(f"reason {i}")
    for i in range(MOST_LABELS + 50):
        made.table_age(f"t{i}", 1)
    made.took("s0", tally, {})
    made.took(f"s{MOST_LABELS + 1}", Tally(records=2), {})
    seen = values(made)
    assert seen["fluxhound_observations_rejected_total", ("s0", OTHER)] == 50
    assert seen["fluxhound_records_total", (OTHER,)] == 2
    assert sum(name == "fluxhound_data_age_seconds" for name, _ in seen) == MOST_LABELS + 1


def test_many_threads_lose_no_count() -> None:
    made = meters()

    def count() -> None:
        for _ in range(200):
            made.took("http", Tally(records=1), {"A": 1})
            made.exposition()

    threads = [threading.Thread(target=count) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert values(made)["fluxhound_records_total", ("http",)] == 800


def test_inputs_of_a_new_configuration() -> None:
    made = meters()
    made.know(sources=("resolver-2",))
    made.lag("resolver-2", 2.0)
    assert values(made)["fluxhound_pipeline_lag_seconds", ("resolver-2",)] == 2.0


def test_two_services_in_one_process() -> None:
    assert meters().registry is not meters().registry


def test_totals_are_counted_once() -> None:
    made = meters()
    for sent, failed in ((3, 0), (3, 0), (5, 1), (0, 0), (2, 0)):  # it began again from nothing
        made.delivered("siem", {"sent": sent, "failed": failed})
    seen = values(made)
    assert seen["fluxhound_alerts_total", ("siem", "sent")] == 7
    assert seen["fluxhound_alerts_total", ("siem", "failed")] == 1


def test_no_series_is_doubled() -> None:
    made = meters()
    made.took("http", Tally(records=1), {"A": 1})
    assert "_created" not in made.exposition().decode()


def test_the_names() -> None:
    names = meters().names()
    assert names >= {
        "fluxhound_records_total",
        "fluxhound_stage_duration_seconds_bucket",
        "fluxhound_findings_open",
        "process_resident_memory_bytes",
    }


def test_rows_by_type() -> None:
    types = pa.array(["A", "A", "NS", "AAAA"])
    plain = pa.RecordBatch.from_arrays([types], names=["type"])
    kept = pa.array([True, False, False, True])
    marked = pa.RecordBatch.from_arrays([types, kept], names=["type", KEPT_COLUMN])
    assert rrtypes([plain, marked]) == {"A": 3, "NS": 1, "AAAA": 2}
    assert rrtypes([]) == {}
