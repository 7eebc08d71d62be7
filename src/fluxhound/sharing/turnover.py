"""How fast the name servers of a zone are replaced, as one short text."""

from __future__ import annotations

from fluxhound.records import Finding
from fluxhound.sharing import measures


def turnover(finding: Finding) -> str:
    """Return how many new addresses the name servers had each day: "38/d".

    Where that was not measured: how many addresses stand behind how many hosts, "12 on 4". Hosts
    without any address have one that was not seen, so nothing is said of it.
    """
    rate = finding.measures.get("ns_new_per_day")
    if rate is not None:
        return f"{measures.number(rate)}/d"
    hosts, addresses = (finding.measures.get(key) for key in ("ns_hosts", "ns_addresses"))
    if not addresses:
        return measures.UNSEEN
    return f"{measures.count(addresses)} on {measures.count(hosts)}"
