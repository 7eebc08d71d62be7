from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from fluxhound.profiles.profile import neighbours, window
from tests.profiles.building import DAY, START, Row, address, build, profile, profiles, row, stored

NOON = datetime.fromtimestamp(START, UTC) + timedelta(hours=12)


def mixture(seed: int) -> list[Row]:
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(40):
        name = f"x{i % 9}.example{i % 4}.com"
        for _ in range(12):
            text = ",".join(address(rng) for _ in range(rng.integers(1, 4)))
            time, sensor = float(rng.uniform(0, 2 * DAY)), f"r{i % 2}"
            rows.append(row(time, text, name=name, sensor=sensor, client=f"10.0.0.{i}"))
    return rows


def test_every_row_is_an_entity_and_every_measure_a_number_or_missing() -> None:
    with stored(mixture(1)) as connection:
        table = build(connection, wide=False)
    assert table.num_rows > 9
    texts = {"kind", "name", "registered_domain"}
    for field in table.schema:
        assert (field.name in texts) == pa.types.is_string(field.type), field.name
        column = table.column(field.name)
        if field.name not in texts | {"shared_suffix", "aggregated"}:
            assert np.isfinite(column.drop_null().to_numpy()).all(), field.name


def test_the_order_of_reading_does_not_matter() -> None:
    rows = mixture(2)
    again = [rows[i] for i in np.random.default_rng(0).permutation(len(rows))]
    one, other = profiles(rows), profiles(again)
    assert one.keys() == other.keys()
    for key, p in one.items():
        assert other[key] == pytest.approx(p), key


def test_rows_in_two_portions_merge() -> None:
    rows = mixture(3)
    with stored(rows) as connection:
        whole = build(connection).to_pylist()
        connection.execute("CREATE TEMP TABLE copy AS SELECT * FROM history WHERE false")
        connection.execute(
            "INSERT INTO copy SELECT hour, sensor, name, type, answers, first, last,"
            " unnest([count // 2, count - count // 2]), ttl_max, ttl_min, source FROM history"
        )
        connection.execute("DELETE FROM history")
        connection.execute("INSERT INTO history SELECT * FROM copy")
        assert build(connection).to_pylist() == whole


def test_a_window_limits_the_rows() -> None:
    rows = [row(i * 3_600, f"80.0.0.{i + 1}") for i in range(24)]
    assert profile(rows, since=NOON)["addresses"] == 12
    assert profile(rows, until=NOON)["addresses"] == 12
    assert profile(rows, since=NOON, until=NOON + timedelta(hours=1))["addresses"] == 1
    assert window(None, None) == "true"


def test_profiles_can_be_built_again() -> None:
    with stored(mixture(4)) as connection:
        first = build(connection)
        assert build(connection).equals(first)


def test_nothing_makes_no_profile() -> None:
    with stored([]) as connection:
        assert build(connection).num_rows == 0


def test_neighbours_share_an_address_and_are_of_one_kind() -> None:
    rows = [row(i, f"80.0.0.{i + 1}", name="a.one.com") for i in range(9)]
    rows += [row(i, f"80.0.0.{i + 9}", name="b.two.com") for i in range(9)]
    rows += [row(i, f"81.0.0.{i + 1}", name="c.three.com") for i in range(9)]
    with stored(rows) as connection:
        numbers = {p["name"]: p["entity"] for p in build(connection).to_pylist()}
        near = neighbours(connection, pa.array([numbers["a.one.com"]]), "name")
        assert sorted(near.tolist()) == sorted((numbers["a.one.com"], numbers["b.two.com"]))
        alone = neighbours(connection, pa.array([numbers["c.three.com"]]), "name")
        assert alone.tolist() == [numbers["c.three.com"]]
        assert len(neighbours(connection, pa.array([0]), "registered-domain")) == 1
