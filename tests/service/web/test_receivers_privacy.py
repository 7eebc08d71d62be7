"""No client leaves over HTTP: one address asks everything, and no answer for receivers has it."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fluxhound.records import EntityKind
from fluxhound.service.analysis import Analysis, AnalysisOptions, analyze
from fluxhound.service.web.backend import Backend, Story
from fluxhound.service.web.exporting import NAMES
from fluxhound.service.web.server import WebServer
from fluxhound.service.web.taxii import COLLECTION, ROOT
from tests.service.web.serving import SHARE, TOKENS, Pipeline, get
from tests.sharing.test_privacy import LOG, SENTINEL, asked_by_one, secrets


@pytest.fixture(scope="module")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Analysis]:
    folder: Path = tmp_path_factory.mktemp("asked")
    (folder / "dns.log").write_bytes(asked_by_one(gzip.decompress(LOG.read_bytes())))
    with analyze(folder / "dns.log", options=AnalysisOptions(store=folder / "s.duckdb")) as found:
        yield found


def backend(analysis: Analysis) -> Backend:
    """Return what the routes stand on, over a real store."""
    timelines = {(f.entity, f.name): analysis.timeline(f.name, f.entity) for f in analysis}
    names = {f.name: f for f in analysis}
    recalled = {
        (f.name, below): analysis.rrsets(f.name, below=below)
        for f in analysis
        for below in (False, True)
    }

    def story(name: str) -> Story | None:
        if name not in names:
            return None
        return Story(entities=(names[name],), totals=analysis.totals, timelines=timelines)

    return replace(
        Pipeline().backend(),
        findings=lambda: list(analysis),
        finding=names.get,
        story=story,
        rrsets=lambda name, below: recalled.get((name, below), ()),
    )


@pytest.fixture(scope="module")
def address(analysis: Analysis) -> Iterator[str]:
    server = WebServer(backend(analysis), TOKENS, listen="127.0.0.1:0")
    server.start()
    try:
        yield server.address
    finally:
        server.stop()


def paths(name: str) -> list[str]:
    within = f"{ROOT}collections/{COLLECTION}"
    return [
        "/taxii2/", ROOT, f"{ROOT}collections/", within, f"{within}/manifest/",
        f"{within}/objects/", f"/pdns/query/{name}",
        *(f"/api/v1/findings/{name}/export?format={form}" for form in NAMES),
    ]  # fmt: skip


def test_no_answer_for_receivers_tells_who_asked(analysis: Analysis, address: str) -> None:
    finding = analysis[0]
    assert finding.entity in EntityKind
    hidden = secrets(analysis)
    assert SENTINEL in hidden
    for path in paths(finding.name):
        answer = get(address, path, SHARE)
        assert answer.status_code == 200, path
        whole = answer.text + repr(dict(answer.headers))
        assert [each for each in hidden if each in whole] == [], path
