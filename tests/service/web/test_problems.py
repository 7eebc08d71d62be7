from __future__ import annotations

from http import HTTPStatus

import pytest

from fluxhound.service.web.problems import PROBLEM_TYPE, Problem, response, shown
from tests.service.web.serving import READ, Pipeline, get, served


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/none", 404),
        ("/api/v1/", 404),
        ("/api/v1/observations", 405),
        ("/../etc/passwd", 404),
        ("/%3Cscript%3E%1b%5b31m", 404),
    ],
)
def test_errors_are_problems(address: str, path: str, status: int) -> None:
    found = get(address, path, READ)
    assert found.status_code == status
    assert found.headers["content-type"] == PROBLEM_TYPE
    problem = found.json()
    assert problem["status"] == status
    assert problem["title"] == HTTPStatus(status).phrase
    assert problem["detail"].endswith(".")
    assert "\x1b" not in found.text


def test_a_defect_tells_nothing_of_its_inside(caplog: pytest.LogCaptureFixture) -> None:
    pipeline = Pipeline()
    pipeline.found = None  # type: ignore[assignment]
    with served(pipeline) as address:
        found = get(address, "/api/v1/findings", READ)
    assert found.status_code == 500
    assert "Traceback" not in found.text
    assert "NoneType" not in found.text
    assert "NoneType" in caplog.text


def test_long_and_hostile_text_is_cut_and_escaped() -> None:
    text = shown("\x1b]0;" + "a" * 500)
    assert len(text) <= 80
    assert "\x1b" not in text


def test_a_problem_has_its_headers() -> None:
    assert (
        response(Problem(503, "Later.", headers={"Retry-After": "5"})).headers["retry-after"] == "5"
    )
