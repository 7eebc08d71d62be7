from __future__ import annotations

import pytest

from fluxhound.records import EntityKind, Severity, VerdictKind
from fluxhound.sharing import sentences
from tests.sharing import builders


def test_every_word_of_the_vocabulary_has_its_sentence() -> None:
    assert set(sentences.VERDICT_WORDS) == set(VerdictKind)
    assert set(sentences.ACTIONS) == set(Severity)
    assert set(sentences.ENTITY_WORDS) == set(EntityKind)


def test_what_was_seen_leaves_out_what_was_not_observable() -> None:
    text = sentences.measured_sentence(builders.suspect())
    assert text == "Seen: 9 addresses, 7 ASNs, 5 countries and 36 refreshes, within 6 h 40 min."
    assert "No measure" in sentences.measured_sentence(builders.insufficient())


@pytest.mark.parametrize(("malice", "warned"), [(0.9, False), (0.5, False), (0.49, True)])
def test_flux_alone_is_no_reason_to_block(malice: float, *, warned: bool) -> None:
    text = sentences.action_sentence(builders.finding(malice=malice))
    assert ("do not block it on its behaviour alone" in text) is warned


def test_no_finding_asks_for_nothing() -> None:
    assert sentences.action_sentence(builders.cdn()) == "Nothing to do."


def test_the_main_reason_is_the_heaviest() -> None:
    assert sentences.main_reason(builders.single_flux()).startswith("Almost every refresh")
    assert sentences.main_reason(builders.ntp_pool()).startswith("97% of the addresses")
    assert "too little" in sentences.main_reason(builders.insufficient())
    plain = builders.finding(finding=False, verdict=VerdictKind.CDN, look_alikes=())
    assert sentences.main_reason(plain) == "Most names that change are not flux"
    assert "single flux" in sentences.main_reason(builders.finding(evidence=()))


def test_the_balance_in_words() -> None:
    assert sentences.counterweight(builders.single_flux()) == "5 for, 2 against"


def test_why_there_is_a_dash() -> None:
    assert sentences.unseen_reason(builders.single_flux()) == ""
    told = builders.finding(measures=builders.measures(ttl_max=None))
    assert sentences.unseen_reason(told) == "not measured: ttl_max"


@pytest.mark.parametrize(
    ("parts", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_lists_in_english(parts: list[str], text: str) -> None:
    assert sentences.listed(parts) == text


def test_what_was_not_observable_is_told_in_words() -> None:
    unseen = ("asn", "clients", "name-servers", "refreshes", "ttl", "moon")
    told = sentences.unseen_words(builders.finding(not_observable=unseen))
    assert told[1:3] + told[4:] == ["clients", "name servers", "TTLs", "moon"]


def test_a_low_finding_says_once_that_it_is_no_reason_to_block() -> None:
    text = sentences.action_sentence(builders.finding(severity=Severity.LOW, malice=0.1))
    assert text.lower().count("do not block") == 1
