from __future__ import annotations

import numpy as np
import pytest

from fluxhound.errors import UnknownNameError
from fluxhound.records import EntityKind
from fluxhound.service.judged import Judged, judged
from tests.service.live import store_of, tables, traffic


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
