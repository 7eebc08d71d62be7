"""Publishing after a change: the zones of the primary are made to equal the register."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fluxhound.config import Settings
from fluxhound.response.planning import passes
from fluxhound.response.policy import Policy
from fluxhound.response.primary import Primary, read_key
from fluxhound.response.publishing import Publisher
from fluxhound.response.register import Register
from fluxhound.response.zone import ZoneNames, wanted

#: What is said where there is nothing to publish to.
NO_PRIMARY = "No primary is configured ([publish] primary), so no resolver was told."


def publish(settings: Settings, register: Register, policy: Policy, now: datetime) -> str:
    """Publish what is in force; return one sentence about it.

    Raises:
        PublishError: the primary does not answer or refuses; the register stays as it is, and
            the next time makes the zones equal to it.
    """
    section: Any = getattr(settings, "publish", None)
    if section is None or not section.primary:
        return NO_PRIMARY
    names = ZoneNames.below(section.zone)
    address, _, port = section.primary.rpartition(":")
    key = read_key(section.key_file, section.key_name, section.algorithm)
    primary = Primary(address=address.strip("[]"), port=int(port), key=key)
    entries = (*register.entries(now), *passes(policy, now))
    rules = wanted(entries, names, now)
    done = Publisher(primary, names).reconcile(rules.records)
    left = f" {len(rules.refused)} entries fit no zone." if rules.refused else ""
    return (
        f"Published in {done.seconds:.1f} s: {done.added:,} records added, "
        f"{done.removed:,} removed.{left}"
    )
