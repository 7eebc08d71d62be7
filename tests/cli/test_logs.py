from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fluxhound.cli.logs import FORMS, LONGEST, log_to


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("fluxhound")
    before = root.handlers[:], root.level, ours.level
    yield
    root.handlers[:], level, own = before
    root.setLevel(level)
    ours.setLevel(own)


def logged(form: str, message: str, *, verbosity: int = 0, level: int = logging.WARNING) -> str:
    stream = io.StringIO()
    log_to(stream, form=form, verbosity=verbosity)
    logging.getLogger("fluxhound.service").log(level, "%s", message)
    return stream.getvalue()


def test_text_is_one_line_for_people() -> None:
    line = logged("text", "the disk is full")
    assert line.endswith("Z warning: the disk is full\n")


def test_json_is_one_object_for_collectors() -> None:
    event = json.loads(logged("json", "the disk is full"))
    assert event["level"] == "warning"
    assert event["logger"] == "fluxhound.service"
    assert event["message"] == "the disk is full"
    assert event["time"].endswith("Z")


@pytest.mark.parametrize(
    ("verbosity", "level", "said"),
    [
        (-1, logging.WARNING, False),
        (-1, logging.ERROR, True),
        (0, logging.INFO, True),
        (0, logging.DEBUG, False),
        (2, logging.DEBUG, True),
    ],
)
def test_how_much_is_said(verbosity: int, level: int, *, said: bool) -> None:
    assert bool(logged("text", "x", verbosity=verbosity, level=level)) is said


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=300), st.sampled_from(FORMS))
def test_no_message_breaks_the_line_or_acts(message: str, form: str) -> None:
    line = logged(form, message)
    assert line.count("\n") == 1
    assert line[:-1].isprintable()


def test_a_long_message_is_cut() -> None:
    assert len(logged("text", "x" * 10_000)) < LONGEST + 100
