"""A MISP feed on a web server: a manifest, and beside it one file for each event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urljoin

from fluxhound.errors import UnreadableInputError
from fluxhound.intel.reading.form import FeedOptions, too_large
from fluxhound.intel.reading.recognition import MOST_FILES, Feed, read_octets, together
from fluxhound.intel.web import OK, Answer, FetchError

#: Share of the events that may fail before the whole fetch does. Chosen: a few broken events are
#: usual, many are a server that is going down.
FAILING_SHARE = 0.1

Ask = Callable[[str], Answer]


def read_events(location: str, manifest: Mapping[str, Any], ask: Ask, options: FeedOptions) -> Feed:
    """Return the events that *manifest* (UUID -> what it is about) lists, as one feed.

    Raises:
        FetchError: too many events are listed, or could not be fetched.
        UnreadableInputError: all events together are too large.
    """
    if len(manifest) > MOST_FILES:
        raise FetchError(f"{location}: more than {MOST_FILES:,} events; nothing was taken.")
    feeds: list[Feed] = []
    refused: list[str] = []
    length = 0
    for uuid in sorted(manifest):
        url = urljoin(location, f"{uuid}.json")
        try:
            body = _event(url, ask)
            length += len(body)
            if length > options.limit_bytes:
                raise too_large(location, options.limit_bytes)
            feeds.append(read_octets(body, url, options))
        except UnreadableInputError as error:
            if length > options.limit_bytes:
                raise
            refused.append(str(error))
            if len(refused) > max(FAILING_SHARE * len(manifest), 1):
                raise FetchError(
                    f"{location}: {len(refused)} of its events failed, the last with: {error}"
                ) from error
    return together(feeds, refused)


def _event(url: str, ask: Ask) -> bytes:
    answer = ask(url)
    if answer.status != OK:
        raise FetchError(f"{url}: the server answers with status {answer.status}.")
    return answer.body
