from __future__ import annotations

import pytest

from fluxhound.cli.laboratory.counts import DOMAINS, FLUX, counts, overrides
from fluxhound.errors import UsageError
from fluxhound.lab.parameters import parameters, realistic

GIVEN = parameters()
KINDS = {name for name, each in GIVEN.archetypes.items() if each.flux}


def test_without_anything_a_mixture_with_some_flux_of_each_kind() -> None:
    found = counts(GIVEN, domains=None, flux=(), archetypes=())
    assert found == {**realistic(DOMAINS, GIVEN), **dict.fromkeys(KINDS, FLUX)}


@pytest.mark.parametrize(
    ("flux", "expected"),
    [
        (["none"], {}),
        (["classic=3", "slow=0"], {"classic": 3, "slow": 0}),
        (["all=5"], dict.fromkeys(KINDS, 5)),
        (["all=5", "dga=1"], {**dict.fromkeys(KINDS, 5), "dga": 1}),
    ],
)
def test_flux(flux: list[str], expected: dict[str, int]) -> None:
    found = counts(GIVEN, domains=70, flux=flux, archetypes=())
    assert found == {**realistic(70, GIVEN), **expected}


def test_named_archetypes_stand_alone_or_take_their_part() -> None:
    alone = counts(GIVEN, domains=None, flux=(), archetypes=["relay=3", "slow=2"])
    assert alone == {"relay": 3, "slow": 2}
    both = counts(GIVEN, domains=500, flux=["classic=1"], archetypes=["relay=3"])
    assert both == {**realistic(500, GIVEN), "classic": 1, "relay": 3}


@pytest.mark.parametrize(
    ("flux", "archetypes", "message"),
    [
        (["classic"], [], "--flux 'classic' is no pair; write NAME=COUNT"),
        (["classic=-1"], [], "is no pair"),
        (["classic=1000000000000"], [], "is no pair"),
        (["clasic=1"], [], "there is no such flux archetype. Did you mean classic?"),
        (["ordinary=1"], [], "--flux 'ordinary': there is no such flux archetype. There are clas"),
        ([], ["paked=1"], "--archetype 'paked': there is no such archetype. Did you mean parked?"),
        ([], ["=1"], "is no pair"),
    ],
)
def test_what_makes_no_sense_is_told(flux: list[str], archetypes: list[str], message: str) -> None:
    with pytest.raises(UsageError) as failure:
        counts(GIVEN, domains=None, flux=flux, archetypes=archetypes)
    assert message in str(failure.value)


def test_parameters_can_be_changed() -> None:
    texts = ["classic.ttl=7200", 'classic.rotation_s="query"', "slow.live={low=1, high=5}"]
    assert overrides(texts, GIVEN) == {
        "classic": {"ttl": 7200, "rotation_s": "query"},
        "slow": {"live": {"low": 1, "high": 5}},
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("classic=5", "is not ARCHETYPE.PARAMETER=VALUE"),
        ("classic.ttl", "is not ARCHETYPE.PARAMETER=VALUE"),
        ("clasic.ttl=1", "Did you mean classic?"),
        ("classic.ttl=one", "the value is no TOML"),
    ],
)
def test_changes_that_make_no_sense_are_told(text: str, message: str) -> None:
    with pytest.raises(UsageError) as failure:
        overrides([text], GIVEN)
    assert message in str(failure.value)
