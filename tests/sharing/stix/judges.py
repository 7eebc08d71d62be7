"""The judges of STIX: OASIS's validator, and its own library, which parses more strictly."""

from __future__ import annotations

import stix2  # type: ignore[import-untyped]
from stix2validator import (  # type: ignore[import-untyped]
    ValidationOptions,
    validate_string,
)


def faults(octets: bytes) -> list[str]:
    """Return what the two judges find wrong with a bundle."""
    found = validate_string(octets.decode(), ValidationOptions(version="2.1"))
    stix2.parse(octets.decode(), allow_custom=False, version="2.1")
    return [] if found.is_valid else [str(error) for error in found.errors]
