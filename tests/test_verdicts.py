"""The contract: what is flux is found, what is not is not, whatever log it is read from.

A flux name that is alone on its hosts is no more than a suspicion as a rule, and some are missed.
Which ones are missed is said here by name (``missed``), and a test fails when one of them is found
after all, or another is not. Of what is harmless nothing may be found; ``SUSPECTED`` breaks that.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from fluxhound.enrichment.domains import registered_domain
from fluxhound.records import OBSERVATION, EntityKind, Finding, VerdictKind
from fluxhound.service.analysis import Analysis, AnalysisOptions, analyze
from tests.capturing import pcap
from tests.scenarios import BENIGN, DAY, FLUX, SCENARIOS, START, Scenario, addresses_by_kind, mixed
from tests.scenarios.flux import CLASSIC, rotation
from tests.scenarios.traffic import Setting
from tests.writers import WRITERS, csv_table, zeek_tsv

HERE = Path(__file__).parent
EXAMPLES = HERE.parent / "examples"
V = VerdictKind
SUSPICION = {V.FLUX_SUSPECT}
CALLED = {V.SINGLE_FLUX, V.FLUX_SUSPECT}
#: A defect: names of a dynamic DNS provider that were on three operators' lines within two days are
#: suspected (flux 0.42 each), though their domain is known for what it is.
SUSPECTED = {"dynamic-apex"}
#: Without name servers, double flux shows as the single flux that it also is.
DOUBLE = {"double", "double-by-glue"}
FOUR = [f"10.0.{i}.53" for i in range(4)]


@contextmanager
def analysed(log: bytes, **options: Any) -> Iterator[Analysis]:
    chosen = AnalysisOptions(threads=1, **options)
    with analyze(io.BytesIO(log), options=chosen) as analysis:
        yield analysis


def judged(scenario: Scenario, log: bytes, **options: Any) -> tuple[Finding, list[Finding]]:
    """Return the judgement of the scenario's entity, and all findings."""
    with analysed(log, wanted=(scenario.judged,), **options) as analysis:
        return analysis.find(scenario.judged, scenario.entity), list(analysis)


def holds(scenario: Scenario, log: bytes, *, missed: bool = False, **options: Any) -> None:
    found, findings = judged(scenario, log, **options)
    flagged = {f.registered_domain for f in findings}
    if missed:
        assert scenario.finding
        assert found.verdict is V.INSUFFICIENT_EVIDENCE
        assert flagged == set()
    else:
        assert found.verdict in scenario.verdicts
        assert found.finding is scenario.finding
        assert flagged == ({found.registered_domain} if scenario.finding else set())


def once(kind: str) -> Any:
    """Return the parameter for a kind; what breaks the contract is expected to."""
    broken = pytest.mark.xfail(strict=True, reason="names with lines of three operators")
    return pytest.param(kind, marks=[broken] if kind in SUSPECTED else [])


@pytest.mark.parametrize("kind", [once(k) for k in SCENARIOS if k not in DOUBLE])
def test_scenarios_from_a_zeek_log(kind: str) -> None:
    """Slow flux is missed: one place, four days, 23 changes, and no other domain on its hosts."""
    scenario = SCENARIOS[kind]
    holds(scenario, zeek_tsv(scenario.table(seed=1)), missed=kind == "slow")


@pytest.mark.parametrize("kind", sorted(DOUBLE))
@pytest.mark.parametrize("writer", [csv_table, pcap], ids=["table", "pcap"])
def test_double_flux_where_name_servers_and_glue_show(
    kind: str, writer: Callable[[pa.Table], bytes]
) -> None:
    scenario = FLUX[kind]
    found, _ = judged(scenario, writer(scenario.table(seed=3)))
    assert found.verdict is V.DOUBLE_FLUX
    assert "name-servers" not in found.not_observable
    assert found.measures["ns_addresses"] > 50  # type: ignore[operator]


@pytest.mark.parametrize("kind", sorted(DOUBLE))
@pytest.mark.parametrize("form", ["zeek-tsv", "eve-v2"])
def test_double_flux_is_single_where_no_glue_shows(kind: str, form: str) -> None:
    """Zeek has no authority section; EVE version 2 has it, without the additional section."""
    scenario = FLUX[kind]
    found, _ = judged(scenario, WRITERS[form](scenario.table(seed=3)))
    assert found.verdict in CALLED
    hosts, changes = found.measures["ns_hosts"], found.measures["ns_set_changes"]
    if form == "zeek-tsv":
        assert hosts is None
        assert "name-servers" in found.not_observable
    else:
        assert hosts is not None
        assert changes is not None
        assert (hosts > 40 and changes > 20) if kind == "double" else (hosts, changes) == (4, 0)


def test_the_name_servers_of_volunteers_stay() -> None:
    scenario = BENIGN["volunteer-pool"]
    holds(scenario, csv_table(scenario.table(seed=4)))


# What may be missing


def together(kinds: Iterable[str], **given: Any) -> pa.Table:
    """Return scenarios as one network would see them."""
    tables = [SCENARIOS[kind].table(seed=500 + i, **given) for i, kind in enumerate(kinds)]
    return pa.concat_tables(tables).sort_by("time")


def test_passive_dns() -> None:
    """Without TTLs and, for what returns, without order: nearly all flux is at least suspected."""
    missed = {"one-address", "slow"}  # no changes are known of sets that return
    aliases = {"cdn-in-networks", "cdn-own-network"}  # their addresses stand under another name
    kinds = [kind for kind in SCENARIOS if kind not in aliases]
    wanted = tuple(SCENARIOS[kind].judged for kind in kinds)
    with analysed(WRITERS["cof"](together(SCENARIOS)), wanted=wanted) as analysis:
        flux = {registered_domain(FLUX[kind].name) for kind in FLUX.keys() - missed}
        wrong = {registered_domain(SCENARIOS[kind].name) for kind in SUSPECTED}
        assert {f.registered_domain for f in analysis} - wrong == flux
        for kind in kinds:
            scenario = SCENARIOS[kind]
            found = analysis.find(scenario.judged, scenario.entity)
            assert found.finding is (scenario.finding and kind not in missed), kind
            expected = {V.INSUFFICIENT_EVIDENCE} if kind in missed else scenario.verdicts
            assert found.verdict in expected, kind
            assert {"ttl", "clients"} <= set(found.not_observable)


@pytest.mark.parametrize("given", [{}, {"sensors": FOUR, "duration_s": 2.2 * DAY}], ids=str)
def test_without_tables_nothing_harmless_is_found(given: dict[str, Any]) -> None:
    wanted = tuple(s.judged for s in BENIGN.values())
    log = zeek_tsv(together(BENIGN, **given))
    with analysed(log, wanted=wanted, tables=False) as analysis:
        assert list(analysis) == []
        for scenario in BENIGN.values():
            assert "asn" in analysis.find(scenario.judged, scenario.entity).not_observable


def test_without_tables_one_place_and_one_day_are_too_little() -> None:
    """Width and growth are those of volunteers, too; it is said so, and not "clean"."""
    wanted = tuple(s.judged for s in FLUX.values())
    with analysed(zeek_tsv(together(FLUX, duration_s=DAY)), wanted=wanted, tables=False) as found:
        # The longest TTL shows most of itself in a day; of a wildcard, one label is suspected.
        suspected = {FLUX[kind].name for kind in ("ttl-1800", "wildcard")}
        assert {f.registered_domain for f in found} == suspected
        assert {f.verdict for f in found} == SUSPICION
        for kind, scenario in FLUX.items():
            judgement = found.find(scenario.judged, scenario.entity)
            assert judgement.finding is (kind == "ttl-1800")
            assert judgement.verdict in {V.INSUFFICIENT_EVIDENCE, V.FLUX_SUSPECT}
            assert "asn" in judgement.not_observable


def test_without_tables_other_places_and_days_make_up_for_some_of_it() -> None:
    """Half of the forms: a CDN's domain has many names on many addresses, too."""
    kinds = ("one-address", "ttl-1800", "regional", "double", "double-by-glue")
    missed = ("classic", "ttl-zero", "slow", "ipv6", "wildcard")
    log = csv_table(together(FLUX, sensors=FOUR, duration_s=2.2 * DAY))
    wanted = tuple(s.judged for s in FLUX.values())
    with analysed(log, tables=False, wanted=wanted) as analysis:
        for kind in (*kinds, *missed):
            found = analysis.find(FLUX[kind].judged, FLUX[kind].entity)
            assert found.finding is (kind in kinds), kind
            assert found.verdict in (CALLED if kind in kinds else {V.INSUFFICIENT_EVIDENCE}), kind


def test_without_tables_rotating_name_servers_make_up_for_it() -> None:
    with analysed(csv_table(together(sorted(DOUBLE))), tables=False) as analysis:
        for kind in DOUBLE:
            assert analysis.find(FLUX[kind].judged).verdict is V.FLUX_SUSPECT


# What must not change a verdict


Decoys = Callable[[np.random.Generator], Sequence[str]]


def with_decoys(table: pa.Table, decoys: Decoys) -> pa.Table:
    """Add the same decoys to the same answers."""
    chance = np.random.default_rng(8)
    kept: dict[str, str] = {}
    rows = table.to_pylist()
    for row in rows:
        if row["type"] == "A" and row["answers"] not in kept:
            kept[row["answers"]] = ",".join([row["answers"], *decoys(chance)])
        row["answers"] = kept.get(row["answers"], row["answers"])
    return pa.Table.from_pylist(rows, schema=OBSERVATION)


POPULAR = ["8.8.8.8", "1.1.1.1", "142.250.74.46", "157.240.1.35", "104.16.132.229", "13.107.42.14"]
DECOYS: dict[str, Decoys] = {
    "one-private": lambda _: ["10.1.1.1"],
    "many-private": lambda chance: [f"10.{chance.integers(256)}.{chance.integers(256)}.7"],
    "unroutable": lambda _: ["127.0.0.1", "0.0.0.0", "192.168.7.9"],  # noqa: S104 - a decoy
    "popular": lambda _: ["8.8.8.8", "104.16.132.229"],
    "popular-by-turns": lambda chance: [str(chance.choice(POPULAR))],
}


#: Missed with them; slow flux is missed without them, too.
SAVED = {("classic", "popular-by-turns"), ("one-address", "popular")}


@pytest.mark.parametrize("decoys", DECOYS)
@pytest.mark.parametrize("kind", ["classic", "one-address", "slow"])
def test_what_decoys_do_to_flux(kind: str, decoys: str) -> None:
    """Private addresses never save it; popular ones take some that were no more than suspected."""
    scenario = FLUX[kind]
    missed = kind == "slow" or (kind, decoys) in SAVED
    holds(scenario, zeek_tsv(with_decoys(scenario.table(seed=7), DECOYS[decoys])), missed=missed)


def test_a_crowd_of_hosted_decoys_looks_like_volunteers() -> None:
    """A limit, told in the documentation: the score falls, and the look-alike has a name."""
    crowd = addresses_by_kind("hosting", 400, np.random.default_rng(9))
    table = FLUX["classic"].table(seed=7)
    mixed_in = with_decoys(table, lambda chance: [str(a) for a in chance.choice(crowd, 2)])
    found, findings = judged(FLUX["classic"], zeek_tsv(mixed_in))
    assert findings == []
    assert found.verdict is V.VOLUNTEER_POOL
    assert found.flux < 0.01


@pytest.mark.parametrize(
    "kind", ["classic", "ttl-1800", "slow", "wildcard", "balancer", "ordinary"]
)
def test_a_busy_resolver_changes_no_verdict(kind: str) -> None:
    scenario = SCENARIOS[kind]
    table = scenario.table(seed=8, clients=2_000)
    often = pa.concat_tables([table, *(_later(table, 0.25 * i) for i in range(1, 4))])
    holds(scenario, zeek_tsv(often.sort_by("time")), missed=kind == "slow")


def _later(table: pa.Table, seconds: float) -> pa.Table:
    times = pa.array(table["time"].to_numpy() + seconds)
    return table.set_column(0, table.schema.field(0), times)


def all_hold(log: bytes, *, double: bool, missed: Iterable[str]) -> Analysis:
    """Check every scenario within one log; return the analysis, open."""
    wanted = tuple(s.judged for s in SCENARIOS.values())
    analysis = analyze(io.BytesIO(log), options=AnalysisOptions(threads=1, wanted=wanted))
    flagged = {f.registered_domain for f in analysis}
    for kind, scenario in SCENARIOS.items():
        found = analysis.find(scenario.judged, scenario.entity)
        verdicts = CALLED if kind in DOUBLE and not double else scenario.verdicts
        assert found.verdict in ({V.INSUFFICIENT_EVIDENCE} if kind in missed else verdicts), kind
        assert found.finding is (scenario.finding and kind not in missed), kind
        if kind in SUSPECTED:
            assert {f.verdict for f in analysis if f.name.endswith(scenario.name)} == SUSPICION
        elif kind == "wildcard":  # where the domain is missed, its labels are suspected
            assert found.registered_domain in flagged
        else:
            assert (found.registered_domain in flagged) is found.finding, kind
    return analysis


def test_four_resolvers_change_no_verdict() -> None:
    log = zeek_tsv(together(SCENARIOS, sensors=FOUR))
    with all_hold(log, double=False, missed={"one-address", "slow", "wildcard"}) as analysis:
        for kind in ("round-robin", "anycast", "ordinary"):  # their caches differ, and stay so
            assert analysis.find(SCENARIOS[kind].judged).measures["refreshes"] == 0


@pytest.mark.parametrize(
    ("seed", "missed"),
    [
        (3, {"classic", "one-address", "ttl-zero", "slow", "wildcard"}),
        (4, {"slow", "regional", "double-by-glue"}),
    ],
    ids=["3", "4"],
)
def test_all_in_one_zeek_log(seed: int, missed: set[str]) -> None:
    """Without name servers and siblings, some of every pool are missed: which, is chance."""
    all_hold(zeek_tsv(mixed(seed=seed)), double=False, missed=missed).close()


def test_all_in_one_table() -> None:
    all_hold(csv_table(mixed(seed=5)), double=True, missed={"slow"}).close()


# What was seen in the world


def papers() -> dict[str, list[dict[str, Any]]]:
    by_name: dict[str, list[dict[str, Any]]] = {}
    for line in (HERE / "papers.jsonl").read_text(encoding="utf-8").splitlines():
        answer = json.loads(line)
        by_name.setdefault(answer["domain"], []).append(answer)
    return by_name


def replayed(answers: list[dict[str, Any]]) -> pa.Table:
    """Return each printed answer as two clients would get it, one minute apart."""
    rows = []
    for answer in answers:
        chain = [target for _, _, target in answer.get("cname", [])]
        for late in (0, 60):
            ttl = answer.get("ttl")
            rows.append(
                {
                    "time": START + answer["t"] + late,
                    "name": answer["domain"],
                    "type": "A",
                    "answers": ",".join([*chain, *answer["A"]]),
                    "ttl": None if ttl is None else max(ttl - late, 0),
                    "client": f"10.20.0.{late + 1}",
                    "sensor": "10.0.0.53",
                }
            )
    return pa.Table.from_pylist(rows, schema=OBSERVATION)


@pytest.mark.parametrize("name", papers())
def test_answers_printed_in_papers(name: str) -> None:
    """One answer without a TTL is too little: ohthisyear.com has 0.03."""
    answers = papers()[name]
    flux = answers[0]["label"] == "fast_flux" and len(answers) > 1
    with analysed(csv_table(replayed(answers)), wanted=(name,)) as analysis:
        assert [f.name for f in analysis] == ([name] if flux else [])
        assert analysis.find(name).finding is flux


def test_the_example_of_papers() -> None:
    with analyze(EXAMPLES / "papers" / "dns.log.gz") as analysis:
        assert {f.name for f in analysis} == {"thearmynext.info", "f07b42b93.com"}
        assert {f.verdict for f in analysis} == SUSPICION


def test_the_simulated_example_is_what_its_readme_says() -> None:
    """A double flux that is clear and one that is barely seen, a network, and a wrong suspicion."""
    with analyze(EXAMPLES / "simulated" / "dns.dnstap.gz") as analysis:
        by_domain: dict[str, set[VerdictKind]] = {}
        for f in analysis:
            by_domain.setdefault(f.registered_domain, set()).add(f.verdict)
        assert by_domain.pop("gisper-filantu.com") == SUSPICION  # volunteers' relays
        doubles = {"derpisrugange.com", "banter-nisloder.com"}
        assert all(V.DOUBLE_FLUX in by_domain.pop(domain) for domain in doubles)
        called = {key: {V.SINGLE_FLUX} for key in ("tinanlucernis.it", "sado-fertada.co.in")}
        assert by_domain == {"": {V.SINGLE_FLUX}, **called}
        (network,) = [f for f in analysis if f.entity is EntityKind.NETWORK]
        assert set(network.members) == called.keys()


def test_the_example_of_a_real_network_has_no_finding() -> None:
    with analyze(EXAMPLES / "wrccdc" / "dns.log.gz") as analysis:
        assert list(analysis) == []
        pool = [f for f in analysis.look_alikes if f.name.endswith("pool.ntp.org")]
        assert pool
        assert {f.verdict for f in pool} == {V.VOLUNTEER_POOL}
        j = analysis._judged._judgement  # by behaviour, before the list of known services
        behaves = dict(zip(j.profiles.column("name").to_pylist(), j.verdicts, strict=True))
        assert {behaves[f.name] for f in pool} == {V.VOLUNTEER_POOL}
        assert not j.findings.any()
        assert analysis.totals.responses > 3_000


def test_what_the_screen_leaves_out_has_its_name_when_it_is_asked_for() -> None:
    """Most names of the real network's time servers are on no access lines."""
    names = tuple(f"{i}.{pool}.pool.ntp.org" for i in range(4) for pool in ("arch", "debian"))
    options = AnalysisOptions(wanted=names)
    with analyze(EXAMPLES / "wrccdc" / "dns.log.gz", options=options) as analysis:
        assert {analysis.find(name).verdict for name in names} == {V.VOLUNTEER_POOL}
        assert {analysis.find(name).finding for name in names} == {False}


def test_without_tables_the_real_network_has_no_finding() -> None:
    options = AnalysisOptions(tables=False)
    with analyze(EXAMPLES / "wrccdc" / "dns.log.gz", options=options) as analysis:
        assert list(analysis) == []


def test_forms_that_old_rules_miss_are_found() -> None:
    """A TTL of 0 and of half an hour, one address at a time, IPv6 alone."""
    kinds = ("ttl-zero", "ttl-1800", "one-address", "ipv6")
    with analysed(zeek_tsv(mixed(seed=4, scenarios=kinds))) as analysis:
        found = {kind: analysis.find(FLUX[kind].judged) for kind in kinds}
    assert {f.verdict for f in found.values()} <= CALLED
    assert found["ttl-zero"].measures["ttl_max"] == 0
    assert found["ttl-1800"].measures["ttl_max"] == 1_800
    assert found["one-address"].measures["set_largest"] == 1
    assert found["ipv6"].measures["ipv4"] == 0


def test_a_wildcard_is_judged_at_its_registered_domain() -> None:
    scenario = FLUX["wildcard"]
    found, findings = judged(scenario, zeek_tsv(scenario.table(seed=9)))
    assert found.entity is EntityKind.REGISTERED_DOMAIN
    assert [f.name for f in findings] == [scenario.judged]


def test_where_a_wildcards_domain_is_missed_one_label_stands_for_all() -> None:
    scenario = FLUX["wildcard"]
    found, findings = judged(scenario, zeek_tsv(scenario.table(seed=10)))
    assert found.verdict is V.INSUFFICIENT_EVIDENCE
    assert [f.registered_domain for f in findings] == [scenario.judged]
    assert findings[0].entity is EntityKind.NAME


@pytest.mark.parametrize(
    ("seed", "alone", "in_company"),
    [
        (12, V.INSUFFICIENT_EVIDENCE, V.FLUX_SUSPECT),  # 85% access lines, the others unknown
        (13, V.FLUX_SUSPECT, V.SINGLE_FLUX),  # 97%
        (14, V.INSUFFICIENT_EVIDENCE, V.FLUX_SUSPECT),  # 93%
    ],
)
def test_company_on_its_hosts_raises_flux(
    seed: int, alone: VerdictKind, in_company: VerdictKind
) -> None:
    """One pool, one domain on it or five."""
    pool = addresses_by_kind("access", 400, np.random.default_rng(seed), asns=50)
    names = tuple(f"pill-{word}.com" for word in ("alpha", "bravo", "delta", "gamma", "omega"))
    build = rotation(replace(CLASSIC, pool=len(pool), turnover=0))
    tables = [
        build(name, Setting(rng=np.random.default_rng(i), source=lambda *_, **__: list(pool)))
        for i, name in enumerate(names)
    ]
    with analysed(zeek_tsv(tables[0]), wanted=names[:1]) as analysis:
        assert analysis.find(names[0]).verdict is alone
    with analysed(zeek_tsv(pa.concat_tables(tables).sort_by("time"))) as analysis:
        members = [e.members for e in analysis.entities if e.entity is EntityKind.NETWORK]
        assert members == [names]
        called = {f.name: f.verdict for f in analysis if f.entity is EntityKind.NAME}
        assert called == dict.fromkeys(names, in_company)
