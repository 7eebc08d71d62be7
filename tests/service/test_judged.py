from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from fluxhound.errors import UnknownNameError
from fluxhound.records import EntityKind, VerdictKind
from fluxhound.service.judged import Judged, judged
from tests.service.live import store_of, tables, traffic

CERT_PL = "148.81.111.111"


@pytest.fixture(scope="module")
def found() -> Judged:
    return judged(store_of(traffic()).connection, tables=tables())


def test_findings_are_the_flagged_that_stand(found: Judged) -> None:
    assert 0 < len(found.findings) <= found.flagged.sum()
    assert len(found) == len(found.numbers) == len(found.log_odds) == len(found.entities)
    assert all(f.finding for f in found.findings)


def test_of_many_suspected_labels_one_is_told(found: Judged) -> None:
    told = found.told(np.arange(len(found)))
    assert {(f.name, f.entity) for f in told} == {(f.name, f.entity) for f in found.entities}
    assert sorted((f.name, f.entity) for f in told if f.finding) == sorted(
        (f.name, f.entity) for f in found.findings
    )


def test_names_are_found_with_their_time_lines(found: Judged) -> None:
    first = found.findings[0]
    assert found.find(first.name, first.entity) == first
    assert found.timeline(first.name, first.entity).rows
    with pytest.raises(UnknownNameError, match=r"Did you mean"):
        found.find(first.name + "x")


def test_rows_by_name_and_kind(found: Judged) -> None:
    networks = {f.name for f in found.entities if f.entity is EntityKind.NETWORK}
    assert networks
    assert len(found.rows_named(networks, EntityKind.NETWORK)) == len(networks)
    assert found.rows_named(networks, EntityKind.NAME).size == 0


def answered_later(name: str, answers: str) -> pa.Table:
    """Traffic after whose end *name* is answered otherwise, from both vantage points."""
    before = traffic()
    last = pc.max(before["time"]).as_py()
    rows = [
        {"time": last + 3600, "name": name, "type": "A", "answers": answers, "sensor": sensor}
        for sensor in pc.unique(before["sensor"]).to_pylist()
    ]
    return pa.concat_tables([before, pa.Table.from_pylist(rows, schema=before.schema)])


@pytest.mark.parametrize(("answers", "is_taken"), [(CERT_PL, True), (f"{CERT_PL},9.9.9.9", False)])
def test_a_name_that_was_taken_over_is_no_new_flux(
    found: Judged, answers: str, *, is_taken: bool
) -> None:
    before = next(f for f in found.findings if f.entity is EntityKind.NAME)
    later = judged(
        store_of(answered_later(before.name, answers)).connection, tables=tables(), wide=True
    )
    after = later.find(before.name, EntityKind.NAME)
    assert (after.verdict is VerdictKind.SINKHOLED) is is_taken
    assert after.finding is not is_taken
    if is_taken:
        assert "known sinkholes (certpl)" in after.evidence[-1].text
        assert "Clean the host" in after.look_alikes[0].reason
        assert after.malice > 0.5
        assert after.flux > 0.5  # what it did stays to be seen
        told = (before.name, EntityKind.NAME)
        assert told in {(f.name, f.entity) for f in later.look_alikes}
        assert told not in {(f.name, f.entity) for f in later.findings}
