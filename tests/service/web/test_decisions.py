from __future__ import annotations

from typing import Any

import httpx
import pytest

from fluxhound.errors import UnknownNameError
from fluxhound.service.decisions import Decision, Decisions
from tests.service.web.serving import READ, RESPOND, Pipeline, bearer, get, served


class Noted(Decisions):
    """Decisions that are noted instead of done."""

    def __init__(self) -> None:
        self.made: list[Decision] = []

    def listed(self) -> dict[str, Any]:
        return {"in_force": [], "waiting": [{"subject": "evil.example"}]}

    def decide(self, decision: Decision) -> dict[str, Any]:
        if decision.subject == "unknown.example":
            raise UnknownNameError("Nothing waits for unknown.example.")
        self.made.append(decision)
        return {"action": 7, "changes": []}


def decide(address: str, body: object, token: str = RESPOND) -> httpx.Response:
    content = body if isinstance(body, bytes) else None
    json = None if isinstance(body, bytes) else body
    return httpx.post(
        f"{address}/api/v1/response/decisions", content=content, json=json, headers=bearer(token)
    )


def test_what_waits_is_listed_and_decided_by_those_who_may() -> None:
    noted = Noted()
    with served(Pipeline(decisions=noted)) as address:
        assert get(address, "/api/v1/response", RESPOND).json()["waiting"]
        assert get(address, "/api/v1/response", READ).status_code == 403
        assert get(address, "/api/v1/response").status_code == 401
        body = {"decision": "approve", "subject": "Evil.Example.", "who": "ann", "reason": "x"}
        assert decide(address, body).json() == {"action": 7, "changes": []}
        assert decide(address, body, READ).status_code == 403
        gone = decide(address, {"decision": "approve", "subject": "unknown.example", "who": "a"})
        assert gone.status_code == 409
        assert "Nothing waits" in gone.json()["detail"]
    assert noted.made == [Decision(kind="approve", who="ann", subject="evil.example", reason="x")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"x" * 20_000,
        {"decision": "explode", "who": "ann", "subject": "a.example"},
        {"decision": "approve", "who": "", "subject": "a.example"},
        {"decision": "approve", "who": "a" * 101, "subject": "a.example"},
        {"decision": "approve", "who": "ann", "subject": 3},
        {"decision": "approve", "who": "ann", "subject": "a b"},
        {"decision": "undo", "who": "ann", "action": True},
        {"decision": "undo", "who": "ann", "action": -1},
        {"decision": "approve", "who": "ann", "subject": "a.example", "reason": "x" * 501},
        {"decision": "approve", "who": "ann", "subject": "a.example", "then": "b"},
    ],
)
def test_wrong_decisions(body: object) -> None:
    with served(Pipeline(decisions=Noted())) as address:
        assert decide(address, body).status_code in {400, 413}


def test_a_service_without_response() -> None:
    with served(Pipeline()) as address:
        assert get(address, "/api/v1/response", RESPOND).status_code == 404
