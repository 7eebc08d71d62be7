from __future__ import annotations

from dataclasses import replace

from fluxhound.sharing.glyphs import Writing
from fluxhound.sharing.overview import (
    next_command,
    reason_counts,
    reason_samples,
    safe_to_type,
    span_text,
    total_parts,
)
from tests.sharing import builders


def test_totals_say_what_was_read_and_found() -> None:
    parts = total_parts(builders.totals())
    assert parts[0] == "2 inputs (suricata, zeek)"
    assert "7 findings" in parts
    assert parts[-2:] == ["12.4 s", "388,101 records/s"]
    assert total_parts(builders.totals(seconds=0.0))[-1] == "7 findings"


def test_the_span_is_in_utc() -> None:
    text = span_text(builders.totals())
    assert text == "2026-11-20 06:00Z → 2026-11-21 06:00Z (1 d)"
    assert span_text(builders.no_input()) == "no time seen"


def test_the_next_command_can_be_copied() -> None:
    command = next_command(builders.single_flux(), builders.totals(), Writing())
    assert command == (
        "fluxhound explain 'kx-delivery[.]example' logs/dns.log.gz 'logs/second day.log'"
    )
    assert "--look-alikes" in next_command(None, builders.totals(), Writing())


def test_inputs_that_cannot_be_typed_are_not_spelled_out() -> None:
    hostile = replace(builders.totals().inputs[0], name="$(reboot)\x1b.log")
    command = next_command(builders.cdn(), builders.totals(inputs=(hostile,)), Writing())
    assert command.endswith(" INPUT...")
    many = builders.totals(inputs=builders.totals().inputs * 2)
    assert next_command(builders.cdn(), many, Writing()).endswith(" INPUT...")
    assert not safe_to_type("-")
    assert safe_to_type("a b.log")


def test_bad_records_are_summed_over_inputs() -> None:
    twice = builders.totals(inputs=builders.totals().inputs * 2)
    assert reason_counts(twice) == {"line too short": 28, "time out of range": 6}
    assert len(reason_samples(twice, "line too short")) == 4
