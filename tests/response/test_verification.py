from __future__ import annotations

from collections.abc import Iterator

import pytest

from fluxhound.history.store import Store
from fluxhound.response.chain import BEGINNING, linked
from fluxhound.response.storage import Storage
from fluxhound.response.verification import verified


@pytest.fixture
def storage() -> Iterator[Storage]:
    with Store() as store:
        yield Storage(store.connection.cursor())


def test_nothing_is_whole(storage: Storage) -> None:
    found = verified(storage)
    assert (found.actions, found.head, found.problem) == (0, BEGINNING, "")


@pytest.mark.parametrize(
    "document",
    [
        {}, {"changes": 7}, {"changes": [{}]}, {"changes": [{"before": None, "after": {"a": 1}}]},
        {"changes": [{"before": None, "after": None}]}, {"changes": [[]]}, {"changes": None},
    ],
)  # fmt: skip
def test_what_something_else_wrote_is_said_to_be(
    storage: Storage, document: dict[str, object]
) -> None:
    storage.append(linked(None, time="t", who="eve", kind="apply", document=document, raised=0))
    assert "cannot be done again" in verified(storage).problem
