from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest

from fluxhound.history.names import canonical_name
from fluxhound.service.web.findings import page_policy
from fluxhound.sharing.validation import validate
from tests.service.web.serving import READ, Pipeline, bearer, get, served
from tests.sharing import builders

NAME = builders.double_flux().name
BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


def test_the_list_in_pages(address: str) -> None:
    whole = get(address, "/api/v1/findings", READ).json()
    assert whole["next"] is None
    for document in whole["findings"]:
        validate(document)
    walked = []
    query = "?limit=2"
    while query:
        part = get(address, f"/api/v1/findings{query}", READ).json()
        assert len(part["findings"]) <= 2
        walked += part["findings"]
        query = part["next"] and f"?limit=2&next={part['next']}"
    assert walked == whole["findings"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        (f"?domain={NAME}&verdict=double-flux", {NAME}),
        ("?verdict=static", set()),
        ("?since=2030-01-01T00:00:00Z", set()),
        ("?severity=critical", {f.name for f in builders.everything() if f.severity == "critical"}),
    ],
)
def test_filters(address: str, query: str, names: set[str]) -> None:
    found = get(address, f"/api/v1/findings{query}", READ).json()["findings"]
    assert {document["name"] for document in found} == names


@pytest.mark.parametrize(
    "query",
    ["?verdict=bad", "?severity=x", "?limit=0", "?next=x", "?since=x", "?verdikt=cdn",
     "?domain=", "?severity=low&severity=high"],
)  # fmt: skip
def test_wrong_questions(address: str, query: str) -> None:
    assert get(address, f"/api/v1/findings{query}", READ).status_code == 400


def test_one_document(address: str) -> None:
    found = get(address, f"/api/v1/findings/{NAME.upper()}.", READ)
    validate(found.json())
    assert found.json()["name"] == NAME
    missing = get(address, "/api/v1/findings/none.example", READ)
    assert (missing.status_code, "was not judged" in missing.text) == (404, True)
    assert get(address, f"/api/v1/findings/{NAME}?x=1", READ).status_code == 400


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "a%00b", "a%0d%0aX-Evil: 1", "%ff%fe", "..%2f..%2fetc"]
)
def test_hostile_names(address: str, name: str) -> None:
    for path in (f"/api/v1/findings/{name}", f"/findings/{name}"):
        found = get(address, path, READ)
        assert found.status_code in (400, 404)
        assert found.headers["content-type"] == "application/problem+json"
        assert "x-evil" not in found.headers


def test_a_hostile_name_on_its_own_page(address: str) -> None:
    name = canonical_name(builders.HOSTILE_NAME)
    found = get(address, f"/findings/{quote(name)}", READ)
    assert found.status_code in (200, 400)
    assert "<script>alert" not in found.text


def test_the_page_is_that_of_the_report(address: str) -> None:
    found = get(address, f"/findings/{NAME}", READ)
    assert found.headers["content-type"] == "text/html; charset=utf-8"
    assert found.headers["content-security-policy"] == page_policy()
    assert "unsafe" not in page_policy()
    assert "data-rows" in found.text
    assert get(address, "/findings/none.example", READ).status_code == 404


@pytest.fixture(scope="module")
def browser() -> str:
    if BROWSER is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium here: make setup installs it")
        pytest.skip("no Chromium here: make setup installs it")
    return BROWSER


@pytest.fixture(scope="module")
def own() -> Iterator[str]:
    with served(Pipeline()) as address:
        yield address


@pytest.mark.slow
def test_a_browser_draws_it_without_complaint(browser: str, own: str, tmp_path: Path) -> None:
    port = urlsplit(own).port
    run = subprocess.run(
        [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-extensions", "--disable-dev-shm-usage", f"--user-data-dir={tmp_path}",
            "--enable-logging=stderr", "--v=0", "--virtual-time-budget=2000",
            f"--screenshot={tmp_path / 'page.png'}", "--dump-dom",
            f"http://analyst:{READ}@127.0.0.1:{port}/findings/{NAME}",
        ],
        capture_output=True, text=True, timeout=60, check=True, encoding="utf-8",
    )  # fmt: skip
    assert [line for line in run.stderr.splitlines() if "CONSOLE" in line] == []
    rows = [int(rows) for rows in re.findall(r'<svg[^>]*data-rows="(\d+)"', run.stdout)]
    assert rows
    assert run.stdout.count('class="row ') == sum(rows)
    assert NAME.replace(".", "[.]") in run.stdout


def test_a_browser_of_another_site_gets_no_read_access(address: str) -> None:
    found = httpx.options(
        f"{address}/api/v1/findings",
        headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"},
    )
    assert "access-control-allow-origin" not in found.headers
    seen = httpx.get(
        f"{address}/api/v1/findings", headers=bearer(READ) | {"Origin": "https://evil.example"}
    )
    assert "access-control-allow-origin" not in seen.headers
