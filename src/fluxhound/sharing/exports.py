"""Every format in which findings leave, by its name: for the command line, the API and the service.

A rendering gets what ``outbound`` let through and the history of names, and nothing else.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from uuid import uuid5

import orjson

from fluxhound.history.recall import RRset
from fluxhound.records import Alert, AlertKind, EntityKind, Finding, Timeline, Totals
from fluxhound.sharing import cef, cof, ecs, intelmq, leef, misp, ocsf, sigma, tabular, ticket
from fluxhound.sharing.document import render_json
from fluxhound.sharing.outbound import NO_HOST_NAME, Offer, Outbound, Terms, is_host, outbound
from fluxhound.sharing.past import NOTHING, Past, past_of, public_timeline
from fluxhound.sharing.report.page import render_html
from fluxhound.sharing.stix.bundle import render_stix

#: Alerts that stand for findings have identifiers of their own: the same finding, the same one.
NAMESPACE = uuid5(uuid.NAMESPACE_URL, "tag:fluxhound,2026:export")
#: Addresses in an event.
ADDRESSES = 20
NO_TOTALS = Totals(
    inputs=(), responses=0, names=0, registered_domains=0, candidates=0, findings=0, first=None,
    last=None, seconds=0.0,
)  # fmt: skip

Timelines = Mapping[tuple[EntityKind, str], Timeline]


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What stands behind the findings: their time lines, and the RRsets of their names."""

    timelines: Timelines = field(default_factory=dict)
    rrsets: Callable[[Finding], Sequence[RRset]] = lambda _finding: ()

    def past(self, offer: Offer) -> Past:
        """Return what the names of a finding answered."""
        finding = offer.finding
        if finding.entity is EntityKind.NETWORK:
            return NOTHING
        timeline = self.timelines.get((finding.entity, finding.name))
        return past_of(finding.name, timeline, self.rrsets(finding))


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format: its media type, the ending of its file, and how it is made."""

    media_type: str
    ending: str
    #: Returns the content, or the files of a folder by their names.
    render: Callable[[Outbound, Material, Terms], bytes | dict[str, bytes]]
    #: Only host names can be told in it; other names are left out, and counted.
    hosts_only: bool = False
    #: Reads the history of names.
    looks_back: bool = False
    #: A folder of files, and no one file.
    folder: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export holds; one file has the name ""."""

    files: Mapping[str, bytes]
    findings: int
    left_out: Mapping[str, int]
    tlps: tuple[str, ...] = ()

    @property
    def content(self) -> bytes:
        """Return the content of the one file."""
        return self.files[""]


def export(
    name: str, findings: Iterable[Finding], terms: Terms, material: Material | None = None
) -> Exported:
    """Return *findings* in the format *name*, as far as *terms* let them leave.

    Raises:
        KeyError: there is no such format.
    """
    chosen = FORMATS[name]
    let_out = told_outbound(name, findings, terms)
    made = chosen.render(let_out, material or Material(), terms)
    return Exported(
        files=made if isinstance(made, dict) else {"": made},
        findings=len(let_out.offers),
        left_out=let_out.left_out,
        tlps=tuple(each.word for each in sorted({offer.tlp for offer in let_out.offers})),
    )


def told_outbound(name: str, findings: Iterable[Finding], terms: Terms) -> Outbound:
    """Return what leaves in the format *name*."""
    let_out = outbound(findings, terms)
    return _tellable(let_out) if FORMATS[name].hosts_only else let_out


def _tellable(let_out: Outbound) -> Outbound:
    """Return what has a host name that others could look up."""
    kept = [
        offer
        for offer in let_out.offers
        if offer.finding.entity is EntityKind.NETWORK or is_host(offer.finding.name)
    ]
    left_out = Counter(let_out.left_out)
    if len(kept) < len(let_out.offers):
        left_out[NO_HOST_NAME] += len(let_out.offers) - len(kept)
    return Outbound(offers=tuple(kept), left_out=left_out)


def alert_of(finding: Finding, terms: Terms) -> Alert:
    """Return the alert that stands for a finding in the formats of events."""
    whole = (finding.entity.value, finding.name, finding.verdict.value, finding.severity.value)
    link = f"{terms.link.rstrip('/')}/findings/{finding.name}" if terms.link else ""
    return Alert(
        id=str(uuid5(NAMESPACE, json.dumps(whole))),
        kind=AlertKind.APPEARED,
        time=finding.last_seen,
        finding=finding,
        clients=None,
        link=link,
    )


_Told = Callable[[Alert, Sequence[str]], "str | dict[str, object]"]


def _events(told: _Told) -> Callable[[Outbound, Material, Terms], bytes]:
    """Return the rendering of a format of alerts: one event a line."""

    def lines(let_out: Outbound, material: Material, terms: Terms) -> Iterator[bytes]:
        for offer in let_out.offers:
            records = material.past(offer).addresses(ADDRESSES)
            addresses = list(dict.fromkeys(record.value for record in records))
            said = told(alert_of(offer.finding, terms), addresses)
            if isinstance(said, str):
                yield said.encode() + b"\n"
            else:
                yield orjson.dumps(_marked(said, offer), option=orjson.OPT_APPEND_NEWLINE)

    return lambda let_out, material, terms: b"".join(lines(let_out, material, terms))


def _marked(said: dict[str, object], offer: Offer) -> dict[str, object]:
    """Put the TLP into ECS, which has a field for it (``threat.indicator.marking``)."""
    threat = said.get("threat")
    indicator = threat.get("indicator") if isinstance(threat, dict) else None
    if isinstance(indicator, dict):
        indicator["marking"] = {"tlp": offer.tlp.word.upper(), "tlp_version": "2.0"}
    return said


def _findings(let_out: Outbound) -> list[Finding]:
    return [offer.finding for offer in let_out.offers]


def _cof(let_out: Outbound, material: Material, terms: Terms) -> bytes:
    lines: dict[bytes, None] = {}
    for offer in let_out.offers:
        rrsets = material.rrsets(offer.finding)
        if rrsets:
            lines |= dict.fromkeys(cof.cof_lines(rrsets, origin=terms.link))
        else:
            records = material.past(offer).records
            lines |= dict.fromkeys(cof.record_lines(records, origin=terms.link))
    return b"".join(lines)


def _html(let_out: Outbound, material: Material, terms: Terms) -> bytes:
    keys = [(finding.entity, finding.name) for finding in _findings(let_out)]
    known = material.timelines
    timelines = {key: public_timeline(known[key]) for key in keys if key in known}
    return render_html(_findings(let_out), NO_TOTALS, timelines, now=terms.now).encode()


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "stix": Format(
            media_type="application/stix+json;version=2.1",
            ending=".json",
            render=lambda out, known, terms: render_stix(out.offers, known.past, terms),
            hosts_only=True,
            looks_back=True,
        ),
        "misp": Format(
            media_type="application/json",
            ending=".json",
            render=lambda out, known, terms: misp.render_misp(out.offers, known.past, terms),
            hosts_only=True,
            looks_back=True,
        ),
        "misp-feed": Format(
            media_type="application/json",
            ending="",
            render=lambda out, known, terms: misp.render_feed(out.offers, known.past, terms),
            hosts_only=True,
            looks_back=True,
            folder=True,
        ),
        "cof": Format(
            media_type="application/x-ndjson", ending=".jsonl", render=_cof, hosts_only=True,
            looks_back=True,
        ),
        "intelmq": Format(
            media_type="application/x-ndjson",
            ending=".jsonl",
            render=lambda out, _, terms: b"".join(intelmq.intelmq_lines(out.offers, terms)),
            hosts_only=True,
        ),
        "sigma": Format(
            media_type="application/yaml",
            ending=".yml",
            render=lambda out, _, terms: sigma.render_sigma(out.offers, terms).encode(),
            hosts_only=True,
        ),
        "ecs": Format(
            media_type="application/x-ndjson", ending=".jsonl", render=_events(ecs.ecs_document),
            looks_back=True,
        ),
        "ocsf": Format(
            media_type="application/x-ndjson", ending=".jsonl", render=_events(ocsf.ocsf_document),
            looks_back=True,
        ),
        "cef": Format(
            media_type="text/plain", ending=".cef", render=_events(cef.cef_line), looks_back=True
        ),
        "leef": Format(
            media_type="text/plain", ending=".leef", render=_events(leef.leef_line),
            looks_back=True,
        ),
        "csv": Format(
            media_type="text/csv",
            ending=".csv",
            render=lambda out, *_: tabular.render_csv(_findings(out)).encode(),
        ),
        "markdown": Format(
            media_type="text/markdown",
            ending=".md",
            render=lambda out, *_: ticket.render_markdown(_findings(out), NO_TOTALS).encode(),
        ),
        "html": Format(media_type="text/html", ending=".html", render=_html, looks_back=True),
        "json": Format(
            media_type="application/json",
            ending=".json",
            render=lambda out, *_: render_json(_findings(out), NO_TOTALS) + b"\n",
        ),
    }
)  # fmt: skip
