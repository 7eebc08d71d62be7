"""Who may ask for what."""

from __future__ import annotations

import base64
import binascii

from starlette.requests import Request

from fluxhound.intel.indicator import Tlp
from fluxhound.service.web.guard import is_local_peer
from fluxhound.service.web.problems import Problem
from fluxhound.service.web.tokens import LONGEST, Scope, Tokens

#: Longest ``Authorization`` header that is looked at: a token in base64, a user name beside it.
LONGEST_HEADER = 2 * LONGEST + 512


class Doorkeeper:
    """Checks the token of each request; new tokens can be given while it works."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens

    def admit(self, request: Request, scope: Scope, *, browser: bool = False) -> None:
        """Let the request pass if its token has *scope*.

        With *browser*, a token is also taken as the password of HTTP Basic, which browsers can
        send; only pages that change nothing may allow it, as browsers send it unasked.

        Raises:
            Problem: 401 without a known token, 403 if its scopes do not include this one.
        """
        scheme = "Basic" if browser else "Bearer"
        challenge = {"WWW-Authenticate": f'{scheme} realm="fluxhound"'}
        token = presented(request.headers.get("authorization", ""), basic=browser)
        if not token:
            raise Problem(401, "This needs a token; see the token file.", headers=challenge)
        granted = self.tokens.allowed(token)
        if not granted:
            raise Problem(401, "The token is not known.", headers=challenge)
        if scope not in granted:
            raise Problem(403, f"The token does not have the scope {scope}.")

    def admit_receiver(self, request: Request, *, readers: bool = False) -> Tlp:
        """Let a receiver of findings pass; return the most restricted level that it may see.

        Tokens are taken as passwords too, as TAXII (section 1.6.9) and passive DNS want it. With
        *readers*, who may read findings passes as well, and sees all.

        Raises:
            Problem: as for ``admit``.
        """
        token = presented(request.headers.get("authorization", ""), basic=True)
        if readers and Scope.READ in self.tokens.allowed(token):
            return Tlp.RED
        self.admit(request, Scope.SHARE, browser=True)
        return self.tokens.ceiling(token)

    def admit_probe(self, request: Request) -> None:
        """Let a probe or scraper pass: from this machine without a token.

        Raises:
            Problem: as for ``admit``.
        """
        if not is_local_peer(request.scope):
            self.admit(request, Scope.METRICS)


def presented(header: str, *, basic: bool) -> str:
    """Return the token in an ``Authorization`` header; "" where there is none."""
    if len(header) > LONGEST_HEADER:
        return ""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if basic and scheme.lower() == "basic":
        try:
            pair = base64.b64decode(rest.strip(), validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            return ""
        return pair.partition(":")[2]
    return ""
