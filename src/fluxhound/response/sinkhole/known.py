"""Sinkholes of others, as the response knows them: the list is that of intelligence."""

from __future__ import annotations

from fluxhound.intel.sinkholes import known_sinkhole, known_sinkhole_name, known_sinkholes

__all__ = ["known_sinkhole", "known_sinkhole_name", "known_sinkholes"]
