from __future__ import annotations

from fluxhound.response.case import Case
from fluxhound.response.protection import Protection
from tests.response.responses import BOLD, NOW, entry


def test_a_case_of_nothing_else_is_the_first_entry() -> None:
    case = Case(
        entry=entry(), finding=None, blast=None, policy=BOLD, protection=Protection(), now=NOW
    )
    assert (case.held, case.spent, case.hold, case.flux) == (0, 0, "", frozenset())
