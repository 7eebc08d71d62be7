"""Find fast flux in DNS traffic, with the evidence for and against."""

from __future__ import annotations

__version__ = "0.1.0"
