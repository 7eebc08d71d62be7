from __future__ import annotations

import pytest

from fluxhound import errors
from fluxhound.errors import FluxhoundError

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, FluxhoundError)
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_docstring_is_the_message_and_says_what_to_do(kind: type[FluxhoundError]) -> None:
    message = str(kind())
    assert message == (kind.__doc__ or "").strip()
    assert message.endswith(".")
    assert len(message.split()) > 5


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_message_of_its_own_wins(kind: type[FluxhoundError]) -> None:
    assert str(kind("x.log: not there.")) == "x.log: not there."


def test_exit_statuses_are_those_documented() -> None:
    unreadable = {kind for kind in KINDS if issubclass(kind, errors.UnreadableInputError)}
    assert {kind.exit_status for kind in unreadable} == {3}
    assert {kind.exit_status for kind in set(KINDS) - unreadable} == {2}
