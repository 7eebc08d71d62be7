"""Known services that look like flux: a list, applied after the detector's judgement.

It turns a flux verdict into the name of what the service is, and says so. The scores stay as they
were, so that what the detector thought can still be seen.
"""

from __future__ import annotations

import dataclasses
import functools
import tomllib
from collections.abc import Mapping
from importlib.resources import files

from fluxhound.records import Finding, LookAlike, Severity, VerdictKind


@functools.cache
def services() -> Mapping[str, tuple[VerdictKind, str]]:
    """Return suffix -> (verdict, why), from the list that the package brings."""
    content = tomllib.loads(files("fluxhound.intel").joinpath("services.toml").read_text("utf-8"))
    return {
        suffix: (VerdictKind(entry["verdict"]), entry["why"])
        for entry in content["service"]
        for suffix in entry["suffixes"]
    }


def known_service(name: str) -> tuple[VerdictKind, str] | None:
    """Return what is known of the longest suffix of *name*.

    >>> known_service("0.debian.pool.ntp.org")[0].value
    'volunteer-pool'
    """
    labels = name.split(".")
    for start in range(len(labels)):
        found = services().get(".".join(labels[start:]))
        if found:
            return found
    return None


def renamed(finding: Finding) -> Finding:
    """Return *finding* with the verdict of a known service, where the detector named none."""
    unnamed = finding.finding or finding.verdict == VerdictKind.INSUFFICIENT_EVIDENCE
    known = known_service(finding.name) if unnamed else None
    if known is None:
        return finding
    verdict, why = known
    return dataclasses.replace(
        finding,
        verdict=verdict,
        finding=False,
        severity=Severity.INFO,
        look_alikes=(
            LookAlike(verdict=verdict, fit=1.0, reason=f"listed: {why}"),
            *(a for a in finding.look_alikes if a.verdict != verdict),
        ),
    )
