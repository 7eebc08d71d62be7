from __future__ import annotations

import pytest

from tests.service.web.serving import CLIENTS, Pipeline, get, served


def test_who_asked() -> None:
    pipeline = Pipeline()
    with served(pipeline) as address:
        path = "/api/v1/clients?name=KX.example.&since=2023-11-14T22:13:20Z"
        found = get(address, path, CLIENTS)
        assert get(address, "/api/v1/clients?name=kx.example", CLIENTS).status_code == 200
    assert found.json()["clients"] == [{"client": "0123456789abcdef"}]
    assert pipeline.questions == [("kx.example", 1_700_000_000), ("kx.example", None)]


@pytest.mark.parametrize(
    "query", ["", "?name=", "?name=a%20b", "?name=a&since=never", "?name=a&sinse=1"]
)
def test_wrong_questions(address: str, query: str) -> None:
    assert get(address, f"/api/v1/clients{query}", CLIENTS).status_code == 400
