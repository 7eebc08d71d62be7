from __future__ import annotations

import pytest

from fluxhound.errors import ConfigurationError
from fluxhound.sources.mapping import mapped, recognised


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        (["ts", "query", "answers"], {"time": "ts", "name": "query", "answers": "answers"}),
        (
            ["Time Stamp", "Timestamp", "Domain", "IP Address", "src-ip", "TTL"],
            {
                "time": "Timestamp",
                "name": "Domain",
                "answers": "IP Address",
                "client": "src-ip",
                "ttl": "TTL",
            },
        ),
        (
            ["@timestamp", "dns.question.name", "dns.resolved_ip", "source.ip"],
            {
                "time": "@timestamp",
                "name": "dns.question.name",
                "answers": "dns.resolved_ip",
                "client": "source.ip",
            },
        ),
    ],
)
def test_usual_names(columns: list[str], found: dict[str, str]) -> None:
    assert mapped(columns, {}) == found
    assert recognised(columns)


def test_the_user_chooses() -> None:
    columns = ["when", "ts", "query", "answers"]
    assert mapped(columns, {"time": "when"})["time"] == "when"


@pytest.mark.parametrize(
    ("columns", "chosen", "words"),
    [
        (["ts", "query", "adresses"], {}, ["'answers'", "'adresses'", "--column answers=adresses"]),
        (["x"], {}, ["'time'", "--column time=THEIRS", "needed are time, name, answers"]),
        (["ts", "query", "answers"], {"time": "tss"}, ["'tss'", "--column time=ts"]),
        (["ts", "query", "answers"], {"when": "ts"}, ["'when'", "ours are time"]),
    ],
)
def test_errors_say_what_to_type(
    columns: list[str], chosen: dict[str, str], words: list[str]
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        mapped(columns, chosen)
    assert all(word in str(raised.value) for word in words)
