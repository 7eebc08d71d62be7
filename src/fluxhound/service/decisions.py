"""What people ask of the response of a running service: what is in force, and their decisions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fluxhound.errors import UsageError
from fluxhound.response.documents import change_document, entry_document
from fluxhound.response.policy import Policy
from fluxhound.response.register import Applied, Register
from fluxhound.service.responding import Responder

#: What can be decided, and whether a subject, an action's number and a reason belong to it.
APPROVE, REJECT, UNDO = "approve", "reject", "undo"
DECISIONS = (APPROVE, REJECT, UNDO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision of one person."""

    kind: str
    who: str
    subject: str = ""
    action: int = 0
    reason: str = ""


class Decisions:
    """The response, as people see and change it from outside."""

    def __init__(self, responder: Responder) -> None:
        """Ask *responder*; what is asked is done on its thread."""
        self._responder = responder

    def listed(self) -> dict[str, Any]:
        """Return what is in force and what waits, and how publishing goes."""
        entries = self._responder.ask(lambda register, _: register.every())
        state = self._responder.state
        now = self._responder.now()
        return {
            "mode": str(self._responder.policy.mode),
            "error": state.error,
            "refused": state.refused,
            "in_force": [entry_document(each) for each in entries if each.in_force(now)],
            "waiting": [entry_document(each) for each in entries if not each.approved_by],
        }

    def decide(self, decision: Decision) -> dict[str, Any]:
        """Do what was decided, and return what changed.

        Raises:
            UsageError: something is missing.
            FluxhoundError: it cannot be done; the message says why.
        """
        applied: Applied = self._responder.ask(_asked(decision, self._responder.policy))
        self._responder.wake()
        return {
            "action": applied.action,
            "changes": [change_document(each) for each in applied.changes],
        }


def _asked(decision: Decision, policy: Policy) -> Callable[[Register, datetime], Applied]:
    if decision.kind == UNDO:
        if not decision.action:
            raise UsageError("Give the number of the action that is to be undone.")
        return lambda register, now: register.undo(decision.action, decision.who, now, policy)
    if not decision.subject:
        raise UsageError("Give the subject: the name that the entry is for.")
    if decision.kind == APPROVE:
        return lambda register, now: register.approve(
            decision.subject, decision.who, now, policy, reason=decision.reason
        )
    if not decision.reason.strip():
        raise UsageError("Say why it is rejected.")
    return lambda register, now: register.reject(
        decision.subject, decision.who, now, policy, reason=decision.reason
    )
