"""No client leaves: one address asks everything, and no export, alert or answer has it.

The address asks, and stands for the vantage point too, as it does above a resolver; it is stored in
clear, and written into every measure. Its pseudonym must not leave either.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from fluxhound.history.clients import pseudonym_text
from fluxhound.records import EntityKind, Finding
from fluxhound.service.analysis import Analysis, AnalysisOptions, analyze
from fluxhound.sharing.alertjson import told_document
from fluxhound.sharing.cef import cef_line
from fluxhound.sharing.ecs import ecs_document
from fluxhound.sharing.exports import FORMATS, Material, export
from fluxhound.sharing.leef import leef_line
from fluxhound.sharing.ocsf import ocsf_document
from tests.sharing import alerting, exporting

LOG = Path(__file__).parent.parent.parent / "examples" / "papers" / "dns.log.gz"
#: No answer has it, it is of no inside network, and its number of questions is as odd.
SENTINEL = "198.51.100.213"
COUNT = 918_273


def asked_by_one(log: bytes) -> bytes:
    """Return a log of Zeek's in which one address asks everything, and is the resolver as well."""
    lines = []
    for line in log.split(b"\n"):
        fields = line.split(b"\t")
        if len(fields) > 5 and not line.startswith(b"#"):
            fields[2] = fields[4] = SENTINEL.encode()
        lines.append(b"\t".join(fields))
    return b"\n".join(lines)


@pytest.fixture(scope="module")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Analysis]:
    folder = tmp_path_factory.mktemp("asked")
    (folder / "dns.log").write_bytes(asked_by_one(gzip.decompress(LOG.read_bytes())))
    options = AnalysisOptions(store=folder / "flux.duckdb", tables=True)
    with analyze(folder / "dns.log", options=options) as found:
        connection = found._store.connection
        connection.execute("INSERT INTO client_address VALUES (1, ?)", [SENTINEL])
        assert SENTINEL in {row[0] for row in connection.execute(
            "SELECT DISTINCT sensor FROM history").fetchall()}  # fmt: skip
        yield found


@pytest.fixture(scope="module")
def findings(analysis: Analysis) -> list[Finding]:
    measures = {"clients": COUNT, "clients_per_day": COUNT, "distinct_askers": COUNT}
    assert len(analysis) == 2
    return [replace(each, measures={**each.measures, **measures}) for each in analysis]


@pytest.fixture(scope="module")
def material(analysis: Analysis) -> Material:
    timelines = {(f.entity, f.name): analysis.timeline(f.name, f.entity) for f in analysis}
    assert SENTINEL in repr(timelines)  # as the vantage point
    return Material(
        timelines=timelines,
        rrsets=lambda f: analysis.rrsets(f.name, below=f.entity is EntityKind.REGISTERED_DOMAIN),
    )


def secrets(analysis: Analysis) -> list[str]:
    """Return what must not leave: the address, its pseudonyms, and how often it asked."""
    known = analysis._store.connection.execute("SELECT DISTINCT client FROM asked").fetchall()
    assert known
    hashes = [form for (each,) in known for form in (pseudonym_text(each), str(each))]
    return [SENTINEL, SENTINEL.rpartition(".")[0] + "[.]213", str(COUNT), *hashes]


@pytest.mark.parametrize("name", FORMATS)
def test_no_export_tells_who_asked(
    name: str, analysis: Analysis, findings: list[Finding], material: Material
) -> None:
    made = export(name, findings, exporting.TERMS, material)
    whole = b"".join([*made.files.values(), *(file.encode() for file in made.files)]).decode()
    assert made.findings == 2
    assert len(whole) > 100
    assert [secret for secret in secrets(analysis) if secret in whole] == []
    assert f"{COUNT:,}" not in whole


def test_no_alert_tells_who_asked(analysis: Analysis, findings: list[Finding]) -> None:
    for finding in findings:
        alert = alerting.alert(finding, clients=1)
        documents = [told_document(alert), ecs_document(alert), ocsf_document(alert)]
        whole = orjson.dumps(documents).decode() + cef_line(alert) + leef_line(alert)
        told = [secret for secret in secrets(analysis) if secret in whole]
        assert set(told) <= {str(COUNT)}  # how many clients asked is part of an alert
