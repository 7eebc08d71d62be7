"""What a request asks for in its path and query: bounded, checked, in one form."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from starlette.requests import Request

from fluxhound.history.names import NAME_LIMIT, canonical_name
from fluxhound.service.web.problems import Problem, shown

#: The last moment that records may have (2100-01-01).
LATEST = 4_102_444_800.0
MOST_PARAMETERS = 32

Word = TypeVar("Word", bound=StrEnum)


def check_parameters(request: Request, known: Iterable[str]) -> None:
    """Refuse parameters that do not exist, so that a misspelt one is not silently without effect.

    Raises:
        Problem: 400, with the parameters there are.
    """
    given = request.query_params.multi_items()
    wrong = [key for key, _ in given if key not in known]
    if wrong or len(given) > MOST_PARAMETERS:
        listed = ", ".join(known)
        what = f"no parameter {shown(wrong[0])}" if wrong else "that many parameters are too many"
        raise Problem(400, f"There is {what}; known are: {listed}." if wrong else f"{what}.")


def name_asked(text: str) -> str:
    """Return a name in its one form.

    Raises:
        Problem: 400 if it is none.
    """
    name = canonical_name(text.strip()) if len(text) <= NAME_LIMIT else ""
    if not name or len(name) > NAME_LIMIT or not name.isprintable() or " " in name:
        raise Problem(400, f"{shown(text)} is not a name.")
    return name


def moment_asked(text: str, parameter: str) -> float:
    """Return a time as epoch seconds: given so, or by RFC 3339 (UTC where it has no offset).

    Raises:
        Problem: 400 if it is neither.
    """
    try:
        seconds = float(text) if len(text) <= 40 else -1.0  # noqa: PLR2004 - longer is no time
    except ValueError:
        try:
            moment = datetime.fromisoformat(text)
            aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            seconds = aware.timestamp()
        except (ValueError, OverflowError):
            seconds = -1.0
    if 0 <= seconds < LATEST:
        return seconds
    raise Problem(400, f"{parameter} is not a time: write 2026-11-24T08:00:00Z or epoch seconds.")


def words_asked(request: Request, parameter: str, words: type[Word]) -> frozenset[Word]:
    """Return the values of a parameter that may stand several times; none if it is not given.

    Raises:
        Problem: 400 for a value that does not exist, with those that do.
    """
    found = set()
    for text in request.query_params.getlist(parameter):
        try:
            found.add(words(text))
        except ValueError as error:
            known = ", ".join(words)
            raise Problem(400, f"{parameter} {shown(text)} is none of {known}.") from error
    return frozenset(found)


def number_asked(request: Request, parameter: str, *, default: int, most: int) -> int:
    """Return a whole number from 1 to *most*.

    Raises:
        Problem: 400 if it is none.
    """
    text = request.query_params.get(parameter, str(default))
    if text.isascii() and text.isdecimal() and len(text) <= 9 and 1 <= int(text) <= most:  # noqa: PLR2004 - no number we take is longer
        return int(text)
    raise Problem(400, f"{parameter} is not a number from 1 to {most}.")
