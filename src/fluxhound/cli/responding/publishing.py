"""Publishing after a change: the zones of the primary are made to equal the register."""

from __future__ import annotations

from datetime import datetime

from fluxhound.config import Settings
from fluxhound.response.planning import passes
from fluxhound.response.policy import Policy
from fluxhound.response.register import Register
from fluxhound.response.zone import wanted
from fluxhound.service.responding import publisher_of

#: What is said where there is nothing to publish to.
NO_PRIMARY = "No primary is configured ([publish] primary), so no resolver was told."


def publish(settings: Settings, register: Register, policy: Policy, now: datetime) -> str:
    """Publish what is in force; return one sentence about it.

    Raises:
        PublishError: the primary does not answer or refuses; the register stays as it is, and
            the next time makes the zones equal to it.
        ConfigurationError: the key is missing or cannot be read.
    """
    found = publisher_of(settings.publish)
    if found is None:
        return NO_PRIMARY
    publisher, names = found
    rules = wanted((*register.entries(now), *passes(policy, now)), names, now)
    done = publisher.reconcile(rules.records)
    left = f" {len(rules.refused)} entries fit no zone." if rules.refused else ""
    return (
        f"Published in {done.seconds:.1f} s: {done.added:,} records added, "
        f"{done.removed:,} removed.{left}"
    )
