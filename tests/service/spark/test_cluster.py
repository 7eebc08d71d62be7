from __future__ import annotations

import sys

import pytest

from fluxhound.errors import MissingExtraError
from fluxhound.service.spark import cluster as module
from fluxhound.service.spark.cluster import cluster, local_master, reason


def test_without_pyspark_the_extra_and_java_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    monkeypatch.setitem(sys.modules, "pyspark.errors", None)
    monkeypatch.setitem(sys.modules, "py4j.protocol", None)
    with (
        pytest.raises(MissingExtraError, match=r"fluxhound\[spark\].*Java 17"),
        cluster("local[1]", memory_bytes=1 << 30),
    ):
        pass


def test_without_java_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(MissingExtraError, match="JAVA_HOME"):
        module._require_java()


def test_threads_choose_the_local_master() -> None:
    assert [local_master(None), local_master(3)] == ["local[*]", "local[3]"]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Job aborted.\nCaused by: java.io.IOException: No space left.\n", "No space left"),
        ("one line", "one line"),
        ("", "Exception"),
    ],
)
def test_the_cause_of_a_failure_is_told(said: str, told: str) -> None:
    assert reason(Exception(said)).endswith(told)
