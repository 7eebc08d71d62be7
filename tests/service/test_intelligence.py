from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from fluxhound.config import BrandsSettings, IntelSettings, Settings
from fluxhound.history.beside import Beside
from fluxhound.history.store import Store
from fluxhound.intel.brands import POPULAR
from fluxhound.intel.entries import make_entry, put_entry
from fluxhound.intel.shelf import Shelf
from fluxhound.intel.source import Purpose, Source
from fluxhound.service.analysis import AnalysisOptions, analyze
from fluxhound.service.intelligence import (
    MOST_TOLD,
    Intelligence,
    decider_of,
    has_shelf,
    known_from,
)
from tests.response.responses import finding

PAPERS = Path(__file__).parents[2] / "examples" / "papers" / "dns.log.gz"
Clocked = Callable[[], float]


def test_a_store_without_intelligence_has_no_opinion(tmp_path: Path) -> None:
    with Store(tmp_path / "flux.duckdb") as store:
        assert decider_of(store, now=0.0) is None
        with Beside(store) as beside:
            intelligence = Intelligence(store)
            intelligence.step(beside)
            assert intelligence.weigh([finding()]) == [finding()]


def test_sources_are_fetched_when_due_and_weigh_from_then_on(tmp_path: Path) -> None:
    feed = tmp_path / "feed.txt"
    feed.write_text("evil-for-a-test.com\n")
    now = [1_780_000_000.0]
    with Store(tmp_path / "flux.duckdb") as store:
        Shelf(store).add(Source(name="feed", location=str(feed), purpose=Purpose.BLOCK))
        intelligence = Intelligence(store, clock=lambda: now[0])
        with Beside(store) as beside:
            intelligence.step(beside)
            [weighed] = intelligence.weigh([finding("evil-for-a-test.com", malice=0.2)])
            assert weighed.malice > 0.5
            feed.write_text("other-for-a-test.com\nthird-for-a-test.com\n")
            intelligence.step(beside)  # not due yet
            assert intelligence.weigh([finding("evil-for-a-test.com", malice=0.2)])[0].malice > 0.5
            now[0] += 400 * 86_400
            intelligence.step(beside)
            assert len(Shelf(beside).indicators("feed")) in {1, 2}


def test_a_thread_starts_and_ends(tmp_path: Path) -> None:
    with Store(tmp_path / "flux.duckdb") as store:
        intelligence = Intelligence(store)
        intelligence.start()
        intelligence.stop()
        assert not intelligence._thread.is_alive()


@pytest.mark.parametrize("allow", [True, False])
def test_an_analysis_weighs_what_its_store_knows(tmp_path: Path, *, allow: bool) -> None:
    store = tmp_path / "flux.duckdb"
    options = AnalysisOptions(store=store)
    with analyze(PAPERS, options=options) as analysis:
        before = analysis[0]
    with Store(store) as opened:
        entry = make_entry(
            before.name, allow=allow, reason="case 7", owner="ann", created=1_780_000_000.0
        )
        put_entry(Shelf(opened), entry)
    with analyze([], options=options) as analysis:
        after = analysis.find(before.name)
        listed = {each.name: each for each in analysis}
    assert after.flux == before.flux
    assert (after.malice < before.malice) is allow
    assert listed[before.name].malice == after.malice
    assert "case 7" in after.evidence[-1].text


def test_sources_of_the_configuration_are_fetched_and_follow_it(tmp_path: Path) -> None:
    feed = tmp_path / "feed.txt"
    feed.write_text("evil-for-a-test.com\n")
    settings = Settings(intel=(IntelSettings(name="feed", location=str(feed)),))
    sources, imitations = known_from(settings)
    with Store(tmp_path / "flux.duckdb") as store:
        intelligence = Intelligence(store, sources=sources, imitations=imitations)
        with Beside(store) as beside:
            intelligence.step(beside)
            [weighed] = intelligence.weigh([finding("evil-for-a-test.com", malice=0.2)])
            assert weighed.malice > 0.5
            intelligence.take((), None)
            intelligence.step(beside)
            assert Shelf(beside).sources() == ()
        before = finding("evil-for-a-test.com", malice=0.2)
        assert intelligence.weigh([before]) == [before]


def test_a_configuration_without_sources_makes_no_shelf(tmp_path: Path) -> None:
    with Store(tmp_path / "flux.duckdb") as store:
        intelligence = Intelligence(store)
        with Beside(store) as beside:
            intelligence.step(beside)
            assert not has_shelf(beside)


def test_a_name_that_imitates_a_brand_is_more_hostile(tmp_path: Path) -> None:
    settings = Settings(brands=BrandsSettings(own=("acmebank.example",)))
    with Store(None) as store:
        intelligence = Intelligence(store, imitations=known_from(settings)[1])
        before = finding("acmebank-login.test", malice=0.2)
        [weighed] = intelligence.weigh([before])
    assert weighed.malice > before.malice
    assert weighed.flux == before.flux
    assert weighed.evidence[-1].text == "acmebank-login imitates acmebank (combination)"


def test_an_analysis_tells_imitations() -> None:
    log = (
        "{" + '"ts": %d, "query": "paypa1.com", "qtype_name": "A", "rcode_name": "NOERROR", '
        '"answers": ["203.0.%d.%d"], "TTLs": [60], "id.orig_h": "10.0.0.1", '
        '"id.resp_h": "10.0.0.2"' + "}\n"
    )
    lines = "".join(log % (1_780_000_000 + 120 * n, n % 200, n % 250) for n in range(300))
    found, plain = (
        analyze(
            io.BytesIO(lines.encode()),
            options=AnalysisOptions(brands=brands, wanted=("paypa1.com",)),
        )
        for brands in (POPULAR, ())
    )
    with found, plain:
        told, untold = found.find("paypa1.com"), plain.find("paypa1.com")
    assert told.flux == untold.flux
    assert told.malice > untold.malice
    assert told.evidence[-1].id == "imitation"


def test_what_is_listed_is_told_once_when_it_is_seen(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    feed = tmp_path / "feed.txt"
    feed.write_text("evil-for-a-test.com\n")
    with Store(tmp_path / "flux.duckdb") as store:
        Shelf(store).add(Source(name="feed", location=str(feed)))
        intelligence = Intelligence(store)
        with Beside(store) as beside:
            intelligence.step(beside)
            for number in range(MOST_TOLD + 2):
                store.connection.execute(
                    "INSERT INTO history VALUES (490000, 's', ?, 'A', '203.0.113.1', 5, 6, 5, "
                    "NULL, NULL, 1)",
                    [f"w{number}.evil-for-a-test.com"],
                )
            intelligence.step(beside)
            told = [record.getMessage() for record in caplog.records]
            assert len(told) == MOST_TOLD + 1
            assert "evil-for-a-test.com was seen on 1 day; feed lists" in told[0]
            assert told[-1] == "2 more are listed: fluxhound intel seen."
            intelligence.step(beside)
            assert len(caplog.records) == len(told)
