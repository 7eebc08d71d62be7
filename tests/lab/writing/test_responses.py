from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fluxhound.lab.writing import responses as module
from fluxhound.lab.writing.responses import ADDITIONAL, ANSWER, AUTHORITY, responses, whole
from fluxhound.records import KEPT_COLUMN, OBSERVATION
from tests.lab.writing.made import START, TRAFFIC, Row, batch, response, row

NS = {"type": "NS", "name": "b.example", "answers": "NS1.b.example.,ns2.b.example"}
GLUE = {"name": "ns1.B.example", "answers": "192.0.2.5"}


@pytest.mark.parametrize(
    ("rows", "numbers", "sections"),
    [
        ([row(), row(time=START + 1)], [0, 1], [0, 0]),
        (response(START), [0, 0, 0, 0], [0, 1, 2, 2]),
        # A and AAAA, asked for at the same moment, are two responses.
        ([row(), row(type="AAAA", answers="2001:db8::1")], [0, 1], [0, 0]),
        ([row(**NS), row(**GLUE)], [0, 0], [0, 2]),
        ([row(**NS), row()], [0, 0], [0, 1]),
        ([row(), row(**NS, client="10.0.0.1"), row(**GLUE)], [0, 1, 2], [0, 0, 0]),
        ([row(client=None), row(**NS, client=None)], [0, 0], [0, 1]),
        ([row(sensor="a"), row(**NS, sensor="b")], [0, 1], [0, 0]),
        ([], [], []),
    ],
)
def test_rows_are_put_together(rows: list[Row], numbers: list[int], sections: list[int]) -> None:
    found = responses(batch(rows))
    assert found.number.tolist() == numbers
    assert found.section.tolist() == sections
    assert found.count == (max(numbers) + 1 if numbers else 0)
    assert found.answers.num_rows == found.count


def test_sections_stand_in_the_order_of_a_message() -> None:
    first, delegation, glue, more = response(START)
    found = responses(batch([first, delegation, glue, {**delegation, "name": "example"}, more]))
    assert found.section.tolist() == [ANSWER, AUTHORITY, AUTHORITY, ADDITIONAL, ADDITIONAL]
    assert found.rows.column("name")[2].as_py() == "example"


def test_rows_of_a_response_may_stand_in_any_order() -> None:
    rows = response(START)
    found = responses(batch([rows[2], rows[1], row(), rows[3], rows[0]]))
    assert found.number.tolist() == [0, 0, 0, 0, 1]
    assert found.section.tolist() == [ANSWER, AUTHORITY, ADDITIONAL, ADDITIONAL, ANSWER]
    assert found.answers.column("name").to_pylist() == ["a.example", "www.shop.example"]


def test_responses_can_be_left_out() -> None:
    found = responses(batch(TRAFFIC)).without(np.array([True, False, False, True, False, False]))
    assert found.number.tolist() == [0, 1, 2, 2, 2, 2, 3]
    assert found.rows.num_rows == found.count + 3
    assert found.answers.column("name").to_pylist()[2] == "www.shop.example"


def test_batches_are_cut_between_responses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_ROWS", 3)
    rows = [*response(START), *response(START + 1), row(time=START + 2)]
    found = [part.to_pylist() for part in whole([batch(rows[:2]), batch(rows[2:])])]
    assert [each for part in found for each in part] == rows
    assert all(part[0]["name"] in {"www.shop.example", "a.example"} for part in found)


def test_batches_may_lack_columns_and_mark_rows() -> None:
    given = pa.RecordBatch.from_pydict(
        {
            "time": [1.0, 2.0],
            "name": pa.array(["a.example", "b.example"]).dictionary_encode(),
            "type": ["A", "A"],
            "answers": ["192.0.2.1", "192.0.2.2"],
            KEPT_COLUMN: [False, True],
        }
    )
    (found,) = whole([given])
    assert found.schema == OBSERVATION
    assert found.to_pylist()[0]["name"] == "b.example"
    assert list(whole([])) == []
