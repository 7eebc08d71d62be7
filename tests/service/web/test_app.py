from __future__ import annotations

import pytest

from fluxhound.service.web.access import Doorkeeper
from fluxhound.service.web.app import application
from tests.service.web.serving import READ, TOKENS, Pipeline, get


def test_a_slash_too_many_is_another_page(address: str) -> None:
    assert get(address, "/api/v1/findings/", READ).status_code in (400, 404)
    assert get(address, "/healthz/").status_code == 404


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/static/", "/.git/config", "/"])
def test_there_is_nothing_else(address: str, path: str) -> None:
    assert get(address, path, READ).status_code == 404


def test_it_can_be_closed_twice() -> None:
    made = application(Pipeline().backend(), Doorkeeper(TOKENS), loopback=True)
    made.close()
    made.close()
