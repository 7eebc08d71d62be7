"""What is served and measured is documented, and what is documented is there."""

from __future__ import annotations

import re
from pathlib import Path

from fluxhound.service.meters import RESULTS, STAGES, Meters
from fluxhound.service.web.access import Doorkeeper
from fluxhound.service.web.app import routes
from fluxhound.service.web.body import Limits
from fluxhound.service.web.findings import PARAMETERS
from fluxhound.service.web.observations import Observations
from fluxhound.service.web.paging import LARGEST_PAGE, PAGE
from fluxhound.service.web.repeats import LONGEST_KEY, MOST_KEYS
from fluxhound.service.web.tokens import SHORTEST, Scope, Tokens
from fluxhound.sources.live import STATES
from tests.service.web.serving import Pipeline

DOCS = Path(__file__).parents[2] / "docs"
OPERATE = (DOCS / "operate.md").read_text(encoding="utf-8")
API = (DOCS / "http-api.md").read_text(encoding="utf-8")


def test_every_metric_is_documented_and_no_other() -> None:
    parts = re.compile(r"_(bucket|sum|count)$")
    ours = {parts.sub("", name) for name in Meters(version="1").names() if name[:5] == "fluxh"}
    table = set(re.findall(r"^\| `(fluxhound_\w+)`", OPERATE, re.MULTILINE))
    assert table == ours


def test_the_words_in_labels_are_documented() -> None:
    for word in (*STAGES, *RESULTS, *STATES):
        assert re.search(rf"\b{word}\b", OPERATE), word


def test_every_route_is_documented_and_no_other() -> None:
    backend, door = Pipeline().backend(), Doorkeeper(Tokens())
    posts = Observations(backend, door, Limits(), lambda: 0.0)
    served = {route.path.replace(":path", "") for route in routes(backend, door, posts)}
    posts.close()
    table = re.findall(r"^\| `(?:GET|POST) (\S+)` \|", API, re.MULTILINE)
    # The standard's own routes stand in one row.
    assert set(table) - {"/taxii2/"} == {path for path in served if "/taxii2" not in path}


def test_parameters_scopes_and_bounds_are_documented() -> None:
    for word in (*PARAMETERS, *Scope):
        assert word in API, word
    for number in (PAGE, LARGEST_PAGE, LONGEST_KEY, MOST_KEYS, SHORTEST, Limits().body >> 20):
        assert f"{number:,}" in API, number


def test_files_that_are_named_exist() -> None:
    named = set(re.findall(r"\bdeploy/[\w./-]+\.\w+", OPERATE))
    assert named
    assert [path for path in named if not (DOCS.parent / path).exists()] == []
