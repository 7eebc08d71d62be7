from __future__ import annotations

import threading

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.service.web.body import Limits
from fluxhound.service.web.problems import Problem
from fluxhound.service.web.repeats import (
    REMEMBERED_S,
    InFlight,
    earlier,
    forget,
    position_name,
    remembered,
)
from tests.service.web.serving import Pipeline, observation, post, served

BODY = observation(1) + b"{broken\n"


def test_the_same_key_and_body_are_counted_once() -> None:
    pipeline = Pipeline()
    with served(pipeline) as address:
        first = post(address, BODY, Idempotency_Key="batch-1")
        again = post(address, BODY, Idempotency_Key="batch-1")
        other = post(address, BODY, Idempotency_Key="batch-2")
    assert [each.status_code for each in (first, again, other)] == [202] * 3
    assert first.json() == again.json() == other.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert len(pipeline.portions) == 2


def test_also_after_a_restart() -> None:
    pipeline = Pipeline()
    with served(pipeline) as address:
        first = post(address, BODY, Idempotency_Key="batch-1")
    with served(pipeline) as address:
        again = post(address, BODY, Idempotency_Key="batch-1")
    assert first.json() == again.json()
    assert len(pipeline.portions) == 1


def test_another_body_needs_another_key() -> None:
    pipeline = Pipeline()
    with served(pipeline) as address:
        post(address, BODY, Idempotency_Key="batch-1")
        assert post(address, observation(9), Idempotency_Key="batch-1").status_code == 422
    assert len(pipeline.portions) == 1


def test_what_was_refused_may_come_again() -> None:
    pipeline = Pipeline(refusal=OSError("disk full"))
    with served(pipeline) as address:
        assert post(address, BODY, Idempotency_Key="k").status_code == 503
        pipeline.refusal = None
        found = post(address, BODY, Idempotency_Key="k")
    assert (found.status_code, "idempotency-replayed" in found.headers) == (202, False)


def test_a_key_waits_until_its_rows_are_committed_even_when_the_answer_was_given_up() -> None:
    pipeline = Pipeline(holding=True)
    with served(pipeline, limits=Limits(commit_s=0.05)) as address:
        assert post(address, BODY, Idempotency_Key="k").status_code == 503
        assert post(address, BODY, Idempotency_Key="k").status_code == 409
        pipeline.settle(pipeline.portions[0])
        for _ in range(200):
            found = post(address, BODY, Idempotency_Key="k")
            if found.status_code != 409:
                break
            threading.Event().wait(0.01)
    assert (found.status_code, found.headers.get("idempotency-replayed")) == (202, "true")
    assert len(pipeline.portions) == 1


def test_a_post_that_could_not_be_read_frees_its_key() -> None:
    with served(Pipeline()) as address:
        assert post(address, b"no json", Idempotency_Key="k").status_code == 415
        assert post(address, BODY, Idempotency_Key="k").status_code == 202


@pytest.mark.parametrize("key", ["", "x" * 256, "\u00fc"])
def test_what_is_no_key(key: str) -> None:
    with pytest.raises(Problem, match="visible ASCII"):
        position_name(key)


@given(one=st.text("ab", min_size=1, max_size=9), other=st.text("ab", min_size=1, max_size=9))
def test_names_of_keys(one: str, other: str) -> None:
    assert (position_name(one) == position_name(other)) == (one == other)
    assert position_name(one).startswith("http:")
    assert len(position_name(one)) == 37


def test_an_answer_is_remembered_for_a_day() -> None:
    text = remembered({"accepted": 1}, digest="d", now=1000.0)
    assert earlier(text, digest="d", now=1000.0 + REMEMBERED_S - 1) == {"accepted": 1}
    assert earlier(text, digest="d", now=1000.0 + REMEMBERED_S) is None
    assert earlier(None, digest="d", now=1.0) is None
    with pytest.raises(Problem, match="another body"):
        earlier(text, digest="e", now=1000.0)


def test_forgetting(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE position (input VARCHAR PRIMARY KEY, value VARCHAR, updated DOUBLE)"
    )
    rows = [("resolver-1", "1", 0.0), ("http:old", "2", 0.0), ("http:new", "3", REMEMBERED_S)]
    connection.executemany("INSERT INTO position VALUES (?, ?, ?)", rows)
    forget(connection, now=REMEMBERED_S + 1)
    left = connection.execute("SELECT input FROM position ORDER BY input").fetchall()
    assert left == [("http:new",), ("resolver-1",)]


def test_the_oldest_go_first_when_there_are_too_many() -> None:
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE position AS SELECT 'http:' || i AS input, '' AS value, i::DOUBLE AS updated "
        "FROM range(100_010) r(i)"
    )
    forget(connection, now=100.0)
    kept = connection.execute("SELECT count(*), min(updated) FROM position").fetchall()
    assert kept == [(100_000, 10.0)]


def test_keys_in_flight() -> None:
    held = InFlight()
    held.hold("a")
    held.hold("b")
    with pytest.raises(Problem):
        held.hold("a")
    held.release("a")
    held.release("a")
    held.hold("a")
