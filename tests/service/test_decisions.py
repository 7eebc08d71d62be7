from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from fluxhound.config import PublishSettings, ResponseSettings
from fluxhound.errors import FluxhoundError, UsageError
from fluxhound.history.store import Store
from fluxhound.service.decisions import APPROVE, REJECT, UNDO, Decision, Decisions
from fluxhound.service.responding import Responder
from tests.response.responses import finding

NOW = datetime.now(UTC)


@pytest.fixture
def decisions() -> Iterator[Decisions]:
    found = finding("evil.lab", last_seen=NOW)
    with Store() as store:
        responder = Responder(
            store.connection.cursor,
            ResponseSettings(mode="block"),
            PublishSettings(),
            findings=lambda: [found],
        )
        responder.start()
        responder.wake()
        yield Decisions(responder)
        responder.stop()


def settled(decisions: Decisions, part: str) -> list[dict[str, object]]:
    for _ in range(500):
        listed = decisions.listed()
        if listed[part]:
            return list(listed[part])
        decisions._responder.wake()
    raise AssertionError(listed)


def test_what_waits_is_approved_and_taken_back(decisions: Decisions) -> None:
    [waiting] = settled(decisions, "waiting")
    assert waiting["subject"] == "evil.lab"
    done = decisions.decide(
        Decision(kind=APPROVE, who="ann", subject="evil.lab", reason="case 4711")
    )
    [entry] = settled(decisions, "in_force")
    assert entry["approved_by"] == "ann"
    undone = decisions.decide(Decision(kind=UNDO, who="bob", action=done["action"]))
    assert undone["changes"]
    assert decisions.listed()["in_force"] == []


def test_what_is_rejected_does_not_come_back(decisions: Decisions) -> None:
    settled(decisions, "waiting")
    decisions.decide(Decision(kind=REJECT, who="ann", subject="evil.lab", reason="a partner"))
    decisions._responder.wake()
    listed = decisions.listed()
    assert (listed["waiting"], listed["in_force"]) == ([], [])


@pytest.mark.parametrize(
    ("decision", "message"),
    [
        (Decision(kind=APPROVE, who="ann"), "Give the subject"),
        (Decision(kind=UNDO, who="ann"), "Give the number"),
        (Decision(kind=REJECT, who="ann", subject="evil.lab"), "Say why"),
        (Decision(kind=APPROVE, who="ann", subject="other.lab"), "Nothing waits"),
        (Decision(kind=UNDO, who="ann", action=99), "There is no action"),
    ],
)
def test_what_cannot_be_done_is_said(
    decisions: Decisions, decision: Decision, message: str
) -> None:
    with pytest.raises(FluxhoundError, match=message):
        decisions.decide(decision)
    assert issubclass(UsageError, FluxhoundError)
