"""Indicators looked up in the stored history: what was seen, also before it was known to be bad."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.history.beside import Beside
from fluxhound.history.store import Store
from fluxhound.intel.indicator import Kind, joined
from fluxhound.intel.matching import How, Matcher, Matches, combined
from fluxhound.intel.shelf import Shelf

#: Names and answers that are looked up at once, and sightings that are told. Chosen.
AT_ONCE, MOST_SIGHTINGS = 500_000, 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One name, or one answer, that an indicator speaks of, as the history has it."""

    seen: str  # the name or the address that was seen
    where: str  # "name" asked for, "answer" or "name-server"
    indicator: str
    kind: Kind
    how: How
    source: str
    days: int
    responses: int
    first: datetime
    last: datetime
    clients: int | None  # distinct clients that asked; ``None``: not observable

    @property
    def sentence(self) -> str:
        """Tell in one sentence that it was seen before it was known."""
        return f"{self.brief} before it was known"

    @property
    def brief(self) -> str:
        """Tell in one sentence that it was seen."""
        days = f"{self.days} day" + ("s" if self.days != 1 else "")
        by = "" if self.clients is None else f" by {self.clients} client"
        by += "s" if self.clients is not None and self.clients != 1 else ""
        role = {"answer": " as an answer", "name-server": " as a name server"}.get(self.where, "")
        return f"{self.seen} was seen{role} on {days}{by}"


#: What is looked up: the texts, and how those found are counted and their clients told.
_NAMES = "SELECT DISTINCT name AS text FROM history WHERE first < $known AND last >= $since"
_PARTS = """
SELECT DISTINCT rtrim(unnest(string_split(answers, ',')), '.') AS text
FROM history WHERE first < $known AND last >= $since AND (type = 'NS') = $hosts
"""
_OF_NAMES = """
SELECT name AS text, name, hour, first, last, count
FROM history WHERE first < $known AND last >= $since
"""
_OF_PARTS = """
SELECT rtrim(unnest(string_split(answers, ',')), '.') AS text, name, hour, first, last, count
FROM history WHERE first < $known AND last >= $since AND (type = 'NS') = $hosts
"""
_COUNTED = """
WITH seen AS (SELECT r.* FROM ({rows}) r JOIN hindsight_found f ON r.text = f.text)
SELECT s.text, count(DISTINCT s.hour // 24) AS days, sum(s.count)::BIGINT AS responses,
       min(s.first) AS first, max(s.last) AS last,
       (SELECT count(DISTINCT a.client) FROM asked_by a
        WHERE a.name IN (SELECT t.name FROM seen t WHERE t.text = s.text)) AS clients
FROM seen s GROUP BY s.text
"""


def look_back_at_new(
    shelf: Shelf, name: str, before: pa.ChunkedArray, *, now: float
) -> list[Sighting]:
    """Return what the history holds of indicators that a source did not list *before* (values)."""
    present = joined([shelf.indicators(name)])
    new = present.filter(pc.invert(pc.is_in(present["value"], before)))
    return look_back(shelf.store, new, known=now) if new.num_rows else []


def look_back(
    store: Store | Beside, indicators: pa.Table, *, known: float, most: int = MOST_SIGHTINGS
) -> list[Sighting]:
    """Return what the history holds of *indicators* from before *known* (seconds since 1970).

    Those seen on the most days come first, *most* at the most. URLs are left out: a history of
    names cannot tell them from their hosts.
    """
    urls = np.isin(indicators["kind"].to_numpy(), [int(Kind.URL)])
    matcher = Matcher(indicators.filter(pa.array(~urls)))
    return sightings(store, matcher, known=known, most=most)


def sightings(
    store: Store | Beside,
    matcher: Matcher,
    *,
    known: float = float("inf"),
    since: float = 0.0,
    most: int = MOST_SIGHTINGS,
) -> list[Sighting]:
    """Return what the history holds of the indicators in *matcher*, *most* at the most.

    Of rows that began before *known* and were last seen *since* (seconds since 1970); those seen on
    the most days come first.
    """
    observable = bool(store.connection.execute("SELECT 1 FROM asked_by LIMIT 1").fetchall())
    found: list[Sighting] = []
    for where, texts, rows, given in (
        ("name", _NAMES, _OF_NAMES, {}),
        ("answer", _PARTS, _OF_PARTS, {"hosts": False}),
        ("name-server", _PARTS, _OF_PARTS, {"hosts": True}),
    ):
        told: Mapping[str, object] = {**given, "known": known, "since": since}
        matched = _matched(store, matcher, texts, told, name_servers=where == "name-server")
        found += _sightings(store, matcher, matched, where, rows, told, observable=observable)
    found.sort(key=lambda s: (-s.days, -s.responses, s.seen))
    return found[:most]


def _matched(
    store: Store | Beside,
    matcher: Matcher,
    query: str,
    told: Mapping[str, object],
    *,
    name_servers: bool,
) -> dict[str, tuple[int, How]]:
    """Return each text that matches, with its most telling indicator and how it matches."""
    matched: dict[str, tuple[int, How]] = {}
    for batch in _batches(store, query, told):
        texts = combined(batch)
        for found in (
            matcher.names(texts, name_servers=name_servers),
            matcher.addresses(texts, name_servers=name_servers),
        ):
            matched |= _best(texts, found)
    return matched


def _best(texts: pa.Array, found: Matches) -> dict[str, tuple[int, How]]:
    best = found.best()
    names = texts.take(pa.array(best.row)).to_pylist()
    owners, hows = best.indicator.tolist(), map(How, best.how.tolist())
    return {n: (o, h) for n, o, h in zip(names, owners, hows, strict=True)}


def _batches(store: Store | Beside, query: str, told: Mapping[str, object]) -> Iterator[pa.Array]:
    reader = store.connection.cursor().sql(query, params=dict(told)).to_arrow_reader(AT_ONCE)
    for batch in reader:
        yield batch.column(0)


def _sightings(
    store: Store | Beside,
    matcher: Matcher,
    matched: dict[str, tuple[int, How]],
    where: str,
    rows: str,
    told: Mapping[str, object],
    *,
    observable: bool,
) -> list[Sighting]:
    if not matched:
        return []
    cursor = store.connection.cursor()
    cursor.register("hindsight_found", pa.table({"text": pa.array(matched, pa.string())}))
    counted = cursor.execute(_COUNTED.format(rows=rows), dict(told)).fetchall()
    cursor.close()
    return [
        _sighting(matcher, matched[row[0]], where, row, observable=observable) for row in counted
    ]


def _sighting(
    matcher: Matcher,
    match: tuple[int, How],
    where: str,
    row: tuple[str, int, int, float, float, int],
    *,
    observable: bool,
) -> Sighting:
    text, days, responses, first, last, clients = row
    indicator = matcher.indicators.slice(match[0], 1).to_pylist()[0]
    return Sighting(
        seen=text,
        where=where,
        indicator=indicator["value"],
        kind=Kind(indicator["kind"]),
        how=match[1],
        source=indicator["source"],
        days=days,
        responses=responses,
        first=datetime.fromtimestamp(first, UTC),
        last=datetime.fromtimestamp(last, UTC),
        clients=clients if observable else None,
    )
