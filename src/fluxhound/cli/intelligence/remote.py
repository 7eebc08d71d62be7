"""The shelf of a running service, asked over HTTP: the same questions as ``intel.desk`` answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from fluxhound.cli.remote import call, no_answer
from fluxhound.errors import UsageError

if TYPE_CHECKING:
    from fluxhound.intel.source import Source

Document = dict[str, Any]

PATH = "/api/v1/intel"
#: Names of one request: what the service takes at once.
MOST_NAMES = 10_000
#: Seconds for an answer: a feed that is fetched may take minutes.
FETCH_S = 900.0


class RemoteDesk:
    """The shelf that a running service keeps."""

    def __init__(self, url: str, token: str) -> None:
        """Ask the service at *url* with *token*."""
        self._url = url
        self._token = token

    def sources(self) -> list[Document]:
        """Return all sources and how they fare."""
        return self._documents(self._ask("", None), "sources")

    def entries(self) -> list[Document]:
        """Return what analysts allow and deny."""
        return self._documents(self._ask("/entries", None), "entries")

    def opinions(self, names: Iterable[str]) -> list[Document]:
        """Return what is thought of each of *names*, and why."""
        found: list[Document] = []
        for some in _portions(names):
            found += self._documents(self._ask("/lookup", {"names": some}), "opinions")
        return found

    def seen(self, *, since: float = 0.0) -> list[Document]:
        """Return what the history of the service holds of what may be blocked."""
        return self._documents(self._ask("/seen", {"since": since}), "seen")

    def refresh(
        self,
        names: Sequence[str] = (),
        *,
        due_only: bool = False,
        tell: Callable[[Document], None] = lambda _: None,
    ) -> list[Document]:
        """Let the service fetch all sources again, or these."""
        asked = {"names": list(names), "due": due_only}
        found = self._documents(self._ask("/refresh", asked), "sources")
        for each in found:
            tell(each)
        return found

    def accept(self, name: str) -> Document:
        """Let what is held of a source count."""
        return self._document(self._ask("/accept", {"name": name}), "source")

    def add(self, source: Source, *, later: bool = False) -> Document:
        """Declare a source in the service, and let it fetch it.

        Raises:
            UsageError: it needs what the service must not be told from outside: files, secrets,
                addresses in its own network.
        """
        if source.client == "file" or source.secret_file or source.ca_file or source.private:
            raise UsageError(
                "A service takes files, secrets and sources in its own network from its "
                "configuration only: add an [[intel]] section there, and reload it."
            )
        from fluxhound.intel.shelf import declaration  # noqa: PLC0415 - --help must not wait

        asked = {"source": declaration(source), "later": later}
        return self._document(self._ask("/add", asked), "source")

    def remove(self, name: str) -> None:
        """Forget a source and all that it said."""
        self._ask("/remove", {"name": name})

    def say(
        self,
        value: str,
        *,
        allow: bool,
        reason: str,
        owner: str,
        seconds: float | None = None,
        alone: bool = False,
    ) -> Document:
        """Write down that an analyst allows or denies *value*."""
        asked = {
            "value": value,
            "reason": reason,
            "owner": owner,
            "seconds": seconds,
            "alone": alone,
        }
        return self._document(self._ask("/allow" if allow else "/deny", asked), "entry")

    def unsay(self, value: str) -> None:
        """Forget what an analyst said about *value*."""
        self._ask("/forget", {"value": value})

    def _ask(self, path: str, document: object) -> Any:
        body = call(self._url, self._token, PATH + path, document=document, timeout_s=FETCH_S)
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            raise no_answer(self._url) from error

    def _documents(self, answer: Any, key: str) -> list[Document]:
        found = answer.get(key) if isinstance(answer, dict) else None
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise no_answer(self._url)
        return found

    def _document(self, answer: Any, key: str) -> Document:
        found = answer.get(key) if isinstance(answer, dict) else None
        if not isinstance(found, dict):
            raise no_answer(self._url)
        return found


def _portions(names: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(names)
    while some := list(islice(rest, MOST_NAMES)):
        yield some
