from __future__ import annotations

from fluxhound.cli.checks.check import Level, fail, good, judged, warn


def test_levels() -> None:
    assert good("a", "b").level is Level.OK
    assert warn("a", "b", "c").level is Level.WARN
    assert fail("a", "b", "c").level is Level.FAIL
    assert judged("a", "b", "").level is Level.OK
    assert judged("a", "b", "c") == warn("a", "b", "c")
