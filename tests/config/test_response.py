from __future__ import annotations

from fluxhound.config.response import PublishSettings, ResponseSettings


def test_as_it_comes_nothing_is_published_and_nothing_goes_by_itself() -> None:
    assert ResponseSettings().mode == "alert"
    assert not ResponseSettings().auto
    assert not ResponseSettings().nsdname
    assert PublishSettings().primary is None
