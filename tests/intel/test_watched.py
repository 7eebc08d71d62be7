from __future__ import annotations

import pytest

from fluxhound.history.store import Store
from fluxhound.intel.watched import GRACE_S, LONGEST_TTL_S, SKEW_S, UNKNOWN_TTL_S, watch

INSERT = "INSERT INTO history VALUES (?, 's', ?, 'A', '192.0.2.1', ?, ?, 1, ?, ?, 0)"


def spans(*rows: tuple[float, float, int | None]) -> list[tuple[float, float]]:
    """Return the spans of an answer that was seen (first, last, TTL)."""
    with Store() as store:
        for first, last, ttl in rows:
            hour = int(first // 3600)
            store.connection.execute(INSERT, [hour, "evil.example", first, last, ttl, ttl])
        cursor = store.connection.cursor()
        watch(cursor, ["evil.example"])
        found = cursor.execute("SELECT first, until FROM watched_span ORDER BY first").fetchall()
        cursor.close()
    return [(first, until) for first, until in found]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(7200.0, 7300.0, 60)], [(7200 - SKEW_S, 7360 + GRACE_S)]),
        ([(7200.0, 7300.0, None)], [(7200 - SKEW_S, 7300 + UNKNOWN_TTL_S + GRACE_S)]),
        ([(7200.0, 7200.0, 10**9)], [(7200 - SKEW_S, 7200 + LONGEST_TTL_S + GRACE_S)]),
        (
            [(7200.0, 10_700.0, 60), (10_900.0, 11_000.0, 60)],
            [(7200 - SKEW_S, 11_060 + GRACE_S)],
        ),
        (
            [(7200.0, 7300.0, 60), (20_000.0, 20_000.0, 60)],
            [(7200 - SKEW_S, 7360 + GRACE_S), (20_000 - SKEW_S, 20_060 + GRACE_S)],
        ),
        (
            [(7200.0, 7200.0, 80_000), (20_000.0, 20_000.0, 0), (70_000.0, 70_000.0, 0)],
            [(7200 - SKEW_S, 87_200 + GRACE_S)],
        ),
    ],
)
def test_spans(
    rows: list[tuple[float, float, int | None]], expected: list[tuple[float, float]]
) -> None:
    assert spans(*rows) == expected
