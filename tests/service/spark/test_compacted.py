from __future__ import annotations

from collections import Counter

import pytest

from fluxhound.service.spark.compacted import _report, input_name
from fluxhound.service.spark.listing import Kind, Place
from fluxhound.sources.sniff import format_named

PLACES = [Place(name=name, path=f"file:/{name}", length=1) for name in ("a.log", "b.log")]
ZEEK = Kind(format=format_named("zeek"), by_lines=True)


def test_inputs_that_are_read_alike_are_told_together() -> None:
    assert input_name(PLACES[:1]) == "a.log"
    assert input_name(PLACES) == "a.log and 1 more"


@pytest.mark.parametrize("error", [None, "a.log: damaged."])
def test_what_the_parts_counted_becomes_one_report(error: str | None) -> None:
    counts = {
        "records": Counter({"": 7}),
        "observations": Counter({"": 4}),
        "passed over": Counter({"no answer": 2}),
        "bad": Counter({"no name": 1}),
        "sample": Counter([f"no name\nx{number}" for number in range(5)]),
    }
    if error:
        counts["error"] = Counter([error])
    report = _report(ZEEK, PLACES, counts)
    assert (report.records, report.observations, report.error) == (7, 4, error)
    assert (report.passed_over, report.bad) == ({"no answer": 2}, {"no name": 1})
    assert report.samples == {"no name": ("x0", "x1", "x2")}
