from __future__ import annotations

import base64

import pytest

from fluxhound.service.web.access import LONGEST_HEADER, presented
from tests.service.web.serving import CLIENTS, METRICS, OBSERVE, READ, get, post

PAGES = [
    ("/api/v1/findings", READ),
    ("/api/v1/findings/kx-delivery.example", READ),
    ("/api/v1/clients?name=kx-delivery.example", CLIENTS),
]


@pytest.mark.parametrize(("path", "token"), PAGES)
def test_each_page_wants_its_scope(address: str, path: str, token: str) -> None:
    assert get(address, path, token).status_code == 200
    for other in {READ, OBSERVE, CLIENTS, METRICS} - {token}:
        refused = get(address, path, other)
        assert refused.status_code == 403
        assert other not in refused.text
    for wrong in ("", "none", token[:-1], token + "x"):
        refused = get(address, path, wrong)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == 'Bearer realm="fluxhound"'


def test_posting_wants_its_scope(address: str) -> None:
    assert post(address, b"", READ).status_code == 403
    assert post(address, b"", "none").status_code == 401


def basic(token: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"me:{token}".encode()).decode()}


def test_browsers_give_the_token_as_a_password_to_pages_only(address: str) -> None:
    page = "/findings/kx-delivery.example"
    assert get(address, page, "", **basic(READ)).status_code == 200
    assert get(address, page, READ).status_code == 200
    refused = get(address, page)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (
        401,
        'Basic realm="fluxhound"',
    )
    assert get(address, "/api/v1/findings", "", **basic(READ)).status_code == 401
    assert post(address, b"", "", **basic(OBSERVE)).status_code == 401


def test_probes_of_this_machine_need_none(address: str) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert get(address, path).status_code == 200


@pytest.mark.parametrize(
    ("header", "basic_too", "token"),
    [
        ("Bearer abc", False, "abc"),
        ("bearer  abc ", True, "abc"),
        ("Basic " + base64.b64encode(b"u:a:b").decode(), True, "a:b"),
        ("Basic " + base64.b64encode(b"u:a").decode(), False, ""),
        ("Basic !", True, ""),
        ("Basic " + base64.b64encode(b"\xff:\xff").decode(), True, ""),
        ("Digest abc", True, ""),
        ("", True, ""),
        ("Bearer " + "a" * LONGEST_HEADER, True, ""),
    ],
)
def test_presented(header: str, token: str, *, basic_too: bool) -> None:
    assert presented(header, basic=basic_too) == token
