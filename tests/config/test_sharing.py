from __future__ import annotations

from fluxhound.config.sharing import TLP_WORDS, SharingSettings
from fluxhound.intel.indicator import Tlp


def test_levels_are_those_of_the_standard() -> None:
    assert set(TLP_WORDS) == {each.word for each in Tlp if each.word}
    assert SharingSettings().tlp == Tlp.AMBER.word
