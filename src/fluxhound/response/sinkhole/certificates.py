"""TLS contexts by name: made when first asked for, kept within bounds, made at a bounded rate."""

from __future__ import annotations

import datetime as dt
import os
import ssl
import warnings
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from fluxhound.errors import StoreError
from fluxhound.response.sinkhole.limits import Limits

#: Under which name a client is answered that says none that can be used, or asks too often.
FALLBACK = "sinkhole.invalid"
#: Made anew after a time: the certificate in it must not expire. Chosen.
_AGE_S = 86_400.0


class Issuer(Protocol):
    """Whoever signs certificates."""

    def issue(self, name: str, *, now: dt.datetime) -> bytes:
        """Return key, certificate and chain for *name*, as PEM."""


class Certificates:
    """The contexts. A name that strangers choose costs a signature only as often as is bearable."""

    def __init__(self, issuer: Issuer, limits: Limits, *, clock: Callable[[], float]) -> None:
        """Take *clock* for seconds since 1970.

        Raises:
            StoreError: the system has no files in memory.
        """
        self._issuer = issuer
        self._limits = limits
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, ssl.SSLContext]] = OrderedDict()
        self._allowed = float(limits.certificates_at_once)
        self._allowed_at = clock()
        self.made = 0
        self.refused = 0  # answered with the fallback, because too many were made lately
        try:
            self._fallback = (clock(), self._make(FALLBACK))
        except (OSError, AttributeError) as error:
            raise StoreError(
                f"Certificates cannot be used ({error}). They need Linux with /proc mounted."
            ) from error

    def context(self, name: str) -> tuple[ssl.SSLContext, bool]:
        """Return the context for *name* (a host name or an address), and whether it is its own."""
        kept = self._kept.get(name)
        if kept and self._clock() - kept[0] < _AGE_S:
            self._kept.move_to_end(name)
            return kept[1], True
        if not name or not self._may_make():
            return self._fallback_context(), False
        try:
            context = self._make(name)
        except (ValueError, OSError):  # no name for a certificate, or no file to be had
            return self._fallback_context(), False
        self._kept[name] = (self._clock(), context)
        self._kept.move_to_end(name)
        while len(self._kept) > self._limits.certificates:
            self._kept.popitem(last=False)
        return context, True

    def __len__(self) -> int:
        """Return how many are kept."""
        return len(self._kept)

    def _fallback_context(self) -> ssl.SSLContext:
        made, context = self._fallback
        if self._clock() - made >= _AGE_S:
            context = self._make(FALLBACK)
            self._fallback = (self._clock(), context)
        return context

    def _may_make(self) -> bool:
        """Take one of the signatures that are allowed by now, if one is left."""
        now = self._clock()
        grown = self._allowed + max(now - self._allowed_at, 0) * self._limits.certificates_per_s
        self._allowed = min(grown, float(self._limits.certificates_at_once))
        self._allowed_at = now
        if self._allowed < 1:
            self.refused += 1
            return False
        self._allowed -= 1
        return True

    def _make(self, name: str) -> ssl.SSLContext:
        self.made += 1
        pem = self._issuer.issue(name, now=dt.datetime.fromtimestamp(self._clock(), dt.UTC))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with warnings.catch_warnings():
            # Old malicious software speaks old TLS; nothing secret is ever sent over it.
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.set_alpn_protocols(["http/1.1"])
        context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION
        context.num_tickets = 0
        _load(context, pem)
        return context


def _load(context: ssl.SSLContext, pem: bytes) -> None:
    """Hand key and chain to *context*, which wants a file: one that is in memory alone."""
    descriptor = os.memfd_create("certificate", os.MFD_CLOEXEC)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        context.load_cert_chain(f"/proc/self/fd/{descriptor}")
