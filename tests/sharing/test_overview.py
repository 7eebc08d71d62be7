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
    trouble,
)
from tests.sharing import builders


def test_totals_say_what_was_read_and_found() -> None:
    parts = total_parts(builders.totals())
    assert parts[0] == "2 inputs (suricata, zeek)"
    assert "7 findings" in parts
    assert parts[-2:] == ["12.4 s", "388,101 records/s"]
    assert total_parts(builders.totals(seconds=0.0))[-1] == "7 findings"
    assert "7 findings in 1 row" in total_parts(builders.totals(), rows=1)
    assert "7 findings" in total_parts(builders.totals(), rows=7)


def test_totals_say_what_was_not_read_now() -> None:
    first, second = builders.totals().inputs
    known = builders.totals(inputs=(replace(first, known=True), replace(second, error="x")))
    assert total_parts(known)[1:3] == ["1 read before", "1 with an error"]
    alone = total_parts(builders.totals(inputs=()))
    assert alone[:2] == ["the store alone", "3,900,200 responses"]
    assert alone[-1] == "12.4 s"


def test_an_error_is_told_without_the_name_that_stands_beside_it() -> None:
    report = replace(builders.totals().inputs[0], name="a.log", error="a.log: is damaged.")
    assert trouble(report) == "is damaged."
    assert trouble(replace(report, error=None)) == ""


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


def test_the_caller_may_say_how_inputs_are_named_again() -> None:
    def command(where: str) -> str:
        return next_command(builders.single_flux(), builders.totals(), Writing(), where)

    assert command("logs/ --store s").endswith("'kx-delivery[.]example' logs/ --store s")
    assert command("").endswith("'kx-delivery[.]example'")
    none = next_command(None, builders.totals(), Writing(), "")
    assert none.startswith("fluxhound analyze --look-alikes ")


def test_what_could_not_be_read_is_not_named_again() -> None:
    first, second = builders.totals().inputs
    failed = builders.totals(inputs=(first, replace(second, observations=0)))
    assert next_command(builders.cdn(), failed, Writing()).endswith(" logs/dns.log.gz")


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
