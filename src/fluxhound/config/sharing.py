"""The section of sharing: on which terms the service hands findings to others."""

# ruff: noqa: RUF009 - key returns a dataclass field
from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from fluxhound.config import values
from fluxhound.config.sections import SEVERITIES
from fluxhound.config.values import key

TLP_WORDS = ("clear", "green", "amber", "amber+strict", "red")


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingSettings:
    """How findings are marked for others: TAXII, passive DNS and exports of the service."""

    producer: str = key(
        "Who shares: the name of your organisation, as receivers see it.",
        values.text,
        env="SHARING_PRODUCER",
        example='"Example CERT"',
        default="Fluxhound",
    )
    tlp: str = key(
        "Traffic Light Protocol level of findings; a receiver sees up to its token's level.",
        values.one_of(*TLP_WORDS),
        env="SHARING_TLP",
        example='"green"',
        default="amber",
    )
    minimum: str = key(
        "Share only findings of this severity or a higher one.",
        values.one_of(*SEVERITIES),
        env="SHARING_MINIMUM",
        example='"medium"',
        default="info",
    )
    expiry: timedelta = key(
        "Indicators are valid for this long after they were last seen.",
        values.duration,
        env="SHARING_EXPIRY",
        example='"14d"',
        default=timedelta(days=14),
    )
