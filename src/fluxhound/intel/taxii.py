"""A collection of a TAXII 2.1 server: its objects, page by page (OASIS, TAXII 2.1, section 5.4)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from fluxhound.errors import UnreadableInputError
from fluxhound.intel.gathering import Gathering
from fluxhound.intel.reading.document import loaded
from fluxhound.intel.reading.form import FEED_BYTES, too_large
from fluxhound.intel.reading.stix import read_objects
from fluxhound.intel.web import OK, Answer, FetchError

MEDIA_TYPE = "application/taxii+json;version=2.1"
#: Objects asked for at once, and pages that are followed. Chosen.
PAGE_OBJECTS, MOST_PAGES = 1_000, 10_000

Ask = Callable[[str, Mapping[str, str]], Answer]


def authorization(secret: str) -> dict[str, str]:
    """Return the header for a *secret*: "user:password", or a token.

    >>> authorization("a:b")["Authorization"], authorization("Bearer t")["Authorization"]
    ('Basic YTpi', 'Bearer t')
    """
    if not secret:
        return {}
    if secret.lower().startswith(("bearer ", "token ", "basic ")):
        return {"Authorization": secret}
    if ":" in secret:
        return {"Authorization": "Basic " + base64.b64encode(secret.encode()).decode()}
    return {"Authorization": f"Bearer {secret}"}


def objects_url(location: str) -> str:
    """Return where the objects of a collection are, given its own address or theirs."""
    plain = location.split("?", maxsplit=1)[0].rstrip("/")
    return plain + "/" if plain.endswith("/objects") else plain + "/objects/"


def read_collection(
    location: str, ask: Ask, gathering: Gathering, *, secret: str = "", added_after: str = ""
) -> str:
    """Read the objects of a collection into *gathering*; return when the last one was added.

    Objects added after *added_after* (as an earlier call returned it) are asked for, "" for all.

    Raises:
        FetchError: the server refuses, or does not speak TAXII 2.1.
    """
    headers = {"Accept": MEDIA_TYPE} | authorization(secret)
    newest, onward = added_after, ""
    url, length = objects_url(location), 0
    for _ in range(MOST_PAGES):
        asked = {"limit": str(PAGE_OBJECTS), "match[type]": "indicator"}
        asked |= {"added_after": added_after} if added_after else {}
        asked |= {"next": onward} if onward else {}
        answer = ask(f"{url}?{urlencode(asked)}", headers)
        length += len(answer.body)
        if length > FEED_BYTES:
            raise too_large(location, FEED_BYTES)
        page = _page(answer, location)
        objects = page.get("objects")
        some = objects if isinstance(objects, list) else []
        read_objects(some, gathering)
        newest = max(newest, answer.headers.get("x-taxii-date-added-last", ""))
        following = page.get("next")
        # A server may use one mark for all pages; one that says nothing more goes in circles.
        circling = following == onward and not some
        if not page.get("more") or not isinstance(following, str) or circling:
            return newest
        onward = following
    raise FetchError(f"{location}: more than {MOST_PAGES:,} pages; nothing was taken.")


def _page(answer: Answer, location: str) -> Mapping[str, Any]:
    if answer.status in {401, 403}:
        raise FetchError(
            f"{location}: the server refuses (status {answer.status}). Check --secret-file."
        )
    if answer.status != OK:
        raise FetchError(f"{location}: the server answers with status {answer.status}.")
    try:
        page = loaded(answer.body or b"{}", location)
    except UnreadableInputError as error:
        raise FetchError(
            f"{location}: the answer is no TAXII 2.1. Give the address of a collection."
        ) from error
    if not isinstance(page, dict):
        raise FetchError(f"{location}: the answer is no envelope of TAXII 2.1.")
    return page
