"""Which column of a table is which of ours: by its usual names, or as the user says."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from fluxhound.errors import ConfigurationError

#: Our columns and what others call them, in order of preference; compared without case, and with
#: spaces, dots and hyphens as underscores.
USUAL_NAMES: Mapping[str, tuple[str, ...]] = {
    "time": (
        *("time", "timestamp", "ts", "@timestamp", "_time", "datetime", "time_first"),
        *("first_seen", "firstseen", "event_time", "eventtime", "query_time", "response_time"),
        *("query_timestamp", "zone_time_first", "date"),
    ),
    "name": (
        *("name", "query", "qname", "rrname", "query_name", "queryname", "dns_query", "domain"),
        *("domain_name", "fqdn", "dns_question_name", "question", "record_name", "hostname"),
        *("owner", "host"),
    ),
    "type": (
        *("type", "qtype", "rrtype", "qtype_name", "query_type", "querytype", "record_type"),
        *("dns_question_type", "rr_type"),
    ),
    "answers": (
        *("answers", "answer", "rdata", "addresses", "ips", "resolved_ips", "resolved_ip"),
        *("dns_resolved_ip", "ip_addresses", "ip_address", "ip", "address", "response"),
        *("dns_answers", "data", "value", "a"),
    ),
    "ttl": ("ttl", "ttls", "answer_ttl", "dns_answers_ttl", "min_ttl"),
    "client": (
        *("client", "client_ip", "clientip", "client_address", "src_ip", "source_ip", "src"),
        *("source", "srcaddr", "id_orig_h", "source_address"),
    ),
    "sensor": (
        *("sensor", "sensor_id", "resolver", "server", "server_ip", "dest_ip", "dst_ip"),
        *("destination_ip", "id_resp_h", "observer_name"),
    ),
    "time_last": ("time_last", "last_seen", "lastseen", "zone_time_last"),
    "count": ("count", "hits", "num_queries", "observations"),
}
REQUIRED = ("time", "name", "answers")
MAX_COLUMNS = 1024  # chosen as a bound, not measured
_SHOWN = 20


def mapped(columns: Sequence[str], chosen: Mapping[str, str]) -> dict[str, str]:
    """Return our column -> their column for all that are found.

    Raises:
        ConfigurationError: where a required column is not found, or a chosen one does not exist.
    """
    found = _chosen(columns, chosen)
    left = {_plain(column): column for column in reversed(columns) if column not in found.values()}
    for ours, names in USUAL_NAMES.items():
        if ours not in found:
            theirs = next((left[name] for name in names if name in left), None)
            if theirs is not None:
                found[ours] = theirs
                del left[_plain(theirs)]
    missing = [ours for ours in REQUIRED if ours not in found]
    if missing:
        raise ConfigurationError(_missing(missing[0], columns))
    return found


def recognised(columns: Sequence[str]) -> bool:
    """Tell whether *columns* are a table's that needs no mapping by the user."""
    plain = {_plain(column) for column in columns}
    return all(plain & set(USUAL_NAMES[ours]) for ours in REQUIRED)


def _chosen(columns: Sequence[str], chosen: Mapping[str, str]) -> dict[str, str]:
    for ours, theirs in chosen.items():
        if ours not in USUAL_NAMES:
            raise ConfigurationError(
                f"There is no column {ours!r} to map to; ours are {', '.join(USUAL_NAMES)}."
            )
        if theirs not in columns:
            near = difflib.get_close_matches(theirs, columns, 1)
            hint = f" Did you mean --column {ours}={near[0]}?" if near else ""
            raise ConfigurationError(
                f"The table has no column {theirs!r}; it has {_listed(columns)}.{hint}"
            )
    return dict(chosen)


def _missing(ours: str, columns: Sequence[str]) -> str:
    plain = {_plain(column): column for column in columns}
    near: list[str] = []
    for name in USUAL_NAMES[ours]:
        near = near or difflib.get_close_matches(name, plain, 1, 0.7)
    theirs = plain[near[0]] if near else "THEIRS"
    nearest = f" The nearest is {theirs!r}." if near else ""
    return (
        f"The table's column for {ours!r} was not found: it has {_listed(columns)}; needed are "
        f"{', '.join(REQUIRED)}.{nearest} Name it with --column {ours}={theirs}"
    )


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(repr(column[:60]) for column in columns[:_SHOWN])
    return shown + (f" and {len(columns) - _SHOWN} more" if len(columns) > _SHOWN else "")


def _plain(column: str) -> str:
    text = column.strip().strip('"').casefold()
    return text.translate(str.maketrans(" .-", "___"))
