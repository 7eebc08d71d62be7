from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fluxhound.errors import ConfigurationError, UnreadableInputError
from fluxhound.lab.samples import gathered, network_odds, read_corpus
from tests.lab.madeup import MEASURES, corpus, table


def test_rows_of_all_tables_stand_in_one_column() -> None:
    tables = corpus(300)
    samples = gathered(tables, MEASURES)
    assert samples.rows == sum(t.num_rows for t in tables)
    assert samples.flux.tolist() == [f for t in tables for f in t.column("flux").to_pylist()]
    words = [samples.archetype.words[code] for code in samples.archetype.codes.tolist()]
    assert words == [a for t in tables for a in t.column("archetype").to_pylist()]
    assert set(samples.slice.words) == {"plain 86400 s", "bare 86400 s"}


def test_a_unit_is_a_domain_as_one_slice_of_one_seed_sees_it() -> None:
    tables = [table(50, seed=1), table(50, seed=2), table(50, seed=1, vantage="bare")]
    tables.append(tables[0].slice(0, 10))
    unit = gathered([pa.concat_tables(tables[:3])], MEASURES).unit
    assert len(np.unique(unit)) == 150
    twice = gathered([pa.concat_tables([tables[0], tables[3]])], MEASURES).unit
    assert twice[50:].tolist() == twice[:10].tolist()


def test_many_names_of_one_domain_share_its_weight() -> None:
    one = table(10)
    samples = gathered([pa.concat_tables([one, *[one.slice(0, 1)] * 3])], MEASURES)
    assert samples.shared[0] == samples.weight[0] / 4
    assert samples.shared[1] == samples.weight[1]


def test_a_lacking_measure_is_named() -> None:
    with pytest.raises(ConfigurationError, match="lacks heaps"):
        gathered([table(10)], [*MEASURES, "heaps"])


def test_optional_columns_may_be_absent() -> None:
    bare = table(20).drop_columns(["pool", "weight", "vantage", "entity"])
    samples = gathered([bare], [*MEASURES, "network_odds"])
    assert samples.weight.tolist() == [1.0] * 20
    assert samples.network.tolist() == [-1] * 20
    assert np.isnan(samples.measures["network_odds"]).all()


def test_a_member_finds_its_network_where_others_showed_half_of_it() -> None:
    rows = 6
    plain = table(rows).drop_columns(["kind", "entity"])
    linked = plain.append_column("kind", [["registered-domain"] * 5 + ["network"]])
    linked = linked.append_column("entity", [[7, 8, 9, 10, 11, 42]])
    linked = linked.append_column("network", pa.array([42.0, 42.0, None, 43.0, 42.0, 42.0]))
    linked = linked.append_column("network_share", pa.array([0.9, 0.4, 0.9, 0.9, 0.5, 1.0]))
    samples = gathered([table(3), linked], [*MEASURES, "network_odds"])
    assert samples.network.tolist() == [-1] * 3 + [8, -1, -1, -1, 8, -1]
    odds = network_odds(samples, np.arange(9.0))
    assert np.nan_to_num(odds, nan=-1).tolist() == samples.network.tolist()


def test_a_corpus_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    for name, rows in (("b", 3), ("a", 2)):
        pq.write_table(table(rows), tmp_path / f"{name}.parquet")
    assert [t.num_rows for t in read_corpus(tmp_path, ["noise"])] == [2, 3]
    assert "new_rate" not in read_corpus(tmp_path, ["noise"])[0].schema.names


@pytest.mark.parametrize("content", [None, b"no parquet"])
def test_what_is_no_corpus_is_told(tmp_path: Path, content: bytes | None) -> None:
    if content:
        (tmp_path / "x.parquet").write_bytes(content)
    with pytest.raises(UnreadableInputError):
        read_corpus(tmp_path, ["noise"])
