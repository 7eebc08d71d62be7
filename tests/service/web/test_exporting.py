from __future__ import annotations

import base64

import orjson
import pytest

from fluxhound.service.web.exporting import NAMES
from fluxhound.sharing.exports import FORMATS
from tests.service.web.serving import CLIENTS, READ, SHARE, SHARE_CLEAR, get
from tests.sharing.stix.judges import faults

ONE = "/api/v1/findings/kx-delivery.example/export"


@pytest.mark.parametrize("form", NAMES)
@pytest.mark.parametrize("token", [SHARE, READ])
def test_every_format_is_served(address: str, form: str, token: str) -> None:
    answer = get(address, f"{ONE}?format={form}", token)
    assert answer.status_code == 200
    kind = FORMATS[form].media_type
    assert answer.headers["content-type"].startswith(kind)
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "kx-delivery.example" in answer.text.replace("[.]", ".")


def test_the_bundle_has_the_addresses(address: str) -> None:
    answer = get(address, f"{ONE}?format=stix", SHARE)
    assert faults(answer.content) == []
    values = {each.get("value") for each in orjson.loads(answer.content)["objects"]}
    assert {"192.0.2.1", "edge.kx-delivery.example"} <= values


@pytest.mark.parametrize(
    ("path", "token", "status"),
    [
        (f"{ONE}?format=stix", "", 401),
        (f"{ONE}?format=stix", CLIENTS, 403),
        (f"{ONE}?format=stix", SHARE_CLEAR, 403),
        (f"{ONE}?format=csv", SHARE_CLEAR, 403),
        (ONE, SHARE, 400),
        (f"{ONE}?format=misp-feed", SHARE, 400),
        (f"{ONE}?format=x%1b", SHARE, 400),
        (f"{ONE}?format=stix&tlp=red", SHARE, 400),
        ("/api/v1/findings/unknown.example/export?format=stix", SHARE, 404),
        ("/api/v1/findings/unknown.example/export?format=csv", SHARE, 404),
        ("/api/v1/findings/media.shop.example/export?format=stix", SHARE, 404),
    ],
)
def test_what_is_refused(address: str, path: str, token: str, status: int) -> None:
    answer = get(address, path, token)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_a_token_may_come_as_a_password(address: str) -> None:
    pair = base64.b64encode(f"anybody:{SHARE}".encode()).decode()
    answer = get(address, f"{ONE}?format=csv", Authorization=f"Basic {pair}")
    assert answer.status_code == 200
