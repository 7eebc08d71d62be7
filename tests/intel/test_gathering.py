from __future__ import annotations

import pyarrow as pa
import pytest

from fluxhound.errors import UnreadableInputError
from fluxhound.intel.gathering import BATCH, Gathering, Origin, Told
from fluxhound.intel.indicator import INDICATOR, Kind, Tlp
from fluxhound.sources.tally import Tally


def test_candidates_become_rows_with_their_origin() -> None:
    origin = Origin(source="feed", licence="CC0-1.0", tlp=Tlp.GREEN)
    gathering = Gathering(Tally(), origin)
    gathering.add("evil[.]example", None, Told(first=1e9, label="x\n" * 200, tlp=Tlp.RED))
    gathering.add("9.9.9.9")
    rows = gathering.table().to_pylist()
    assert [row["value"] for row in rows] == ["evil.example", "9.9.9.9"]
    assert [row["tlp"] for row in rows] == [Tlp.RED, Tlp.GREEN]
    assert rows[0]["source"] == "feed"
    assert rows[0]["licence"] == "CC0-1.0"
    assert len(rows[0]["label"]) == 80
    assert "\n" not in rows[0]["label"]


def test_refusals_are_counted_and_sampled() -> None:
    tally = Tally()
    gathering = Gathering(tally)
    for text in ["com", "net", "org", "info", "d41d8cd98f00b204e9800998ecf8427e", "a.example"] * 2:
        gathering.add(text)
    gathering.table()
    assert tally.bad == {"a single label": 8}
    assert tally.samples["a single label"] == ["com", "net", "org"]
    assert tally.passed_over == {"a file's hash": 2, "repeated": 1}
    assert tally.observations == 1


def test_columns_may_lack_what_was_not_told() -> None:
    gathering = Gathering(Tally(), Origin(tlp=Tlp.AMBER))
    gathering.add_columns(pa.array(["a.example", "b.example"]), [0, int(Kind.HOST)], {})
    table = gathering.table()
    assert table.schema == INDICATOR
    assert table["kind"].to_pylist() == [Kind.DOMAIN, Kind.HOST]
    assert table["tlp"].to_pylist() == [Tlp.AMBER] * 2


def test_many_batches_are_one_table_in_order() -> None:
    gathering = Gathering(Tally())
    for number in range(BATCH + 10):
        gathering.add(f"h{number}.example")
    assert gathering.table()["value"][BATCH + 9].as_py() == f"h{BATCH + 9}.example"


def test_more_than_the_limit_is_refused_as_a_whole() -> None:
    gathering = Gathering(Tally(), most=5)
    for number in range(6):
        gathering.add(f"h{number}.example")
    with pytest.raises(UnreadableInputError, match="more than 5 indicators; nothing was taken"):
        gathering.table()


def test_lone_surrogates_do_no_harm() -> None:
    gathering = Gathering(Tally())
    gathering.add("evil\ud800.example", None, Told(comment="\udfff"))
    gathering.add("b.example", None, Told(comment="\udfff"))
    assert gathering.table()["value"].to_pylist() == ["b.example"]
