"""What a client speaks, told by its first octets on any port."""

from __future__ import annotations

from enum import StrEnum

from fluxhound.response.sinkhole.hello import is_tls
from fluxhound.response.sinkhole.request import is_http


class Protocol(StrEnum):
    """What was spoken; TLS that holds HTTP is both, and recorded as ``HTTPS``."""

    SILENT = "silent"  # nothing was sent
    TLS = "tls"
    HTTPS = "https"
    HTTP = "http"
    OTHER = "other"


def recognise(octets: bytes, *, sealed: bool = False) -> Protocol | None:
    """Return what *octets* begin; ``None`` while there are too few to tell.

    Within TLS (*sealed*) there is no second TLS.
    """
    if not octets:
        return None
    if not sealed:
        tls = is_tls(octets)
        if tls is not False:
            return Protocol.TLS if tls else None
    http = is_http(octets)
    if http is None:
        return None
    return (Protocol.HTTPS if sealed else Protocol.HTTP) if http else Protocol.OTHER
