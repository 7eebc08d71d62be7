"""Names and who asked for them."""

from fluxhound.sources.asked import Asked
from fluxhound.sources.live import ASKED


def test_each_pair_is_one_row_with_its_first_time() -> None:
    asked = Asked()
    for name, client, time in [("a", "c", 3.0), ("b", "c", 4.0), ("a", "c", 5.0), ("a", "d", 6.0)]:
        asked.add([name], client, time)
    assert len(asked) == 3
    batch = asked.take()
    assert batch.schema == ASKED
    assert batch.to_pylist() == [
        {"time": 3.0, "name": "a", "client": "c", "count": 2},
        {"time": 4.0, "name": "b", "client": "c", "count": 1},
        {"time": 6.0, "name": "a", "client": "d", "count": 1},
    ]
    assert len(asked) == asked.take().num_rows == 0
