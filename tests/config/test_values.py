from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from fluxhound.config import values


@pytest.mark.parametrize(
    ("parse", "given", "expected"),
    [
        (values.duration, "10m", timedelta(minutes=10)),
        (values.duration, 90, timedelta(seconds=90)),
        (values.size, "1KiB", 1024),
        (values.size, 4096, 4096),
        (values.number(1, 9), "7", 7),
        (values.listen, "127.0.0.1:8053", "127.0.0.1:8053"),
        (values.listen, "[::1]:0", "[::1]:0"),
        (values.listen, "none", "none"),
        (values.listen, "unix:/run/x.sock", "unix:/run/x.sock"),
        (values.share, "0.5", 0.5),
        (values.share, 1, 1.0),
        (values.label, "resolver-1.example", "resolver-1.example"),
        (values.texts, "a, b", ("a", "b")),
        (values.texts, ["a"], ("a",)),
    ],
)
def test_values_that_are_taken(
    parse: Callable[[object], object], given: object, expected: object
) -> None:
    assert parse(given) == expected


@pytest.mark.parametrize(
    ("parse", "given", "message"),
    [
        (values.duration, "10", "is not a duration"),
        (values.duration, "0m", "no time at all"),
        (values.duration, True, "give a text in quotes"),
        (values.size, "big", "is not a size"),
        (values.number(1, 9), 10, "give a whole number from 1 to 9"),
        (values.listen, "8053", "write for example 127.0.0.1:8053"),
        (values.listen, "localhost:99999", "write for example 127.0.0.1:8053"),
        (values.share, "much", "give a number from 0 to 1"),
        (values.share, True, "give a number from 0 to 1"),
        (values.share, 1.5, "give a number from 0 to 1"),
        (values.label, "http", "is no name here"),
        (values.label, "a:b", "is no name here"),
        (values.label, "a" * 65, "is no name here"),
        (values.texts, [1], "give a list of texts"),
        (values.quiet_times, [{"days": "sat"}], "give a list such as"),
        (values.quiet_times, "sat", "give a list such as"),
        (values.quiet_times, [{"from": "1", "until": "2", "hour": "3"}], "give a list such as"),
    ],
)
def test_values_that_are_refused(
    parse: Callable[[object], object], given: object, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        parse(given)
