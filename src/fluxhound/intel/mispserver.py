"""A MISP server: what its search for attributes returns (MISP OpenAPI, restSearch)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import orjson

from fluxhound.intel.gathering import Gathering
from fluxhound.intel.reading import misp
from fluxhound.intel.reading.document import loaded
from fluxhound.intel.reading.form import FeedOptions, too_large
from fluxhound.intel.web import OK, Answer, FetchError

#: Attributes asked for at once, and pages that are followed. Chosen.
PAGE_ATTRIBUTES, MOST_PAGES = 5_000, 2_000

Post = Callable[[str, Mapping[str, str], bytes], Answer]


def read_server(
    location: str, post: Post, gathering: Gathering, options: FeedOptions, *, secret: str
) -> None:
    """Read the published attributes about names, addresses and URLs into *gathering*.

    Raises:
        FetchError: the server refuses, or is no MISP.
    """
    url = location.rstrip("/") + "/attributes/restSearch"
    headers = {
        "Authorization": secret,
        "Accept": "application/json",
        "Content-Type": "application/json",
    }
    length = 0
    for number in range(1, MOST_PAGES + 1):
        body = orjson.dumps(search(number, to_ids=options.to_ids))
        answer = post(url, headers, body)
        length += len(answer.body)
        if length > options.limit_bytes:
            raise too_large(location, options.limit_bytes)
        document = _document(answer, location)
        misp.read(document, gathering, options)
        if _length(document) < PAGE_ATTRIBUTES:
            return
    raise FetchError(f"{location}: more than {MOST_PAGES:,} pages; nothing was taken.")


def search(page: int, *, to_ids: bool) -> dict[str, object]:
    """Return the search for one page of what we can use."""
    asked: dict[str, object] = {
        "returnFormat": "json",
        "type": {"OR": list(misp.TYPES)},
        "published": True,
        "includeEventTags": True,
        "limit": PAGE_ATTRIBUTES,
        "page": page,
    }
    return asked | ({"to_ids": True} if to_ids else {})


def _document(answer: Answer, location: str) -> dict[str, object]:
    if answer.status in {401, 403}:
        raise FetchError(f"{location}: the key is refused (status {answer.status}).")
    if answer.status != OK:
        raise FetchError(f"{location}: the server answers with status {answer.status}.")
    document = loaded(answer.body, location)
    if not misp.matches(document) or not isinstance(document, dict):
        raise FetchError(f"{location}: the answer is none of a MISP server. Check the address.")
    return document


def _length(document: dict[str, object]) -> int:
    response = document.get("response")
    attributes = response.get("Attribute") if isinstance(response, dict) else None
    return len(attributes) if isinstance(attributes, list) else 0
