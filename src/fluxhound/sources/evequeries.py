"""The column operations that turn EVE's dns events into responses, and responses into rows."""

from __future__ import annotations

from fluxhound.sources.ndjson import REFUSED, SAMPLE

_RECORD = {"rrname": "VARCHAR", "rrtype": "VARCHAR", "ttl": "DOUBLE", "rdata": "VARCHAR"}
SHAPE = {
    "timestamp": "VARCHAR",
    "event_type": "VARCHAR",
    "flow_id": "VARCHAR",
    "src_ip": "VARCHAR",
    "src_port": "VARCHAR",
    "dest_ip": "VARCHAR",
    "dest_port": "VARCHAR",
    "dns": {
        "version": "VARCHAR",
        "type": "VARCHAR",
        "id": "VARCHAR",
        "rcode": "VARCHAR",
        "aa": "VARCHAR",
        "ra": "VARCHAR",
        **_RECORD,
        "queries": [{"rrname": "VARCHAR", "rrtype": "VARCHAR"}],
        "answers": [_RECORD],
        "grouped": {kind: ["VARCHAR"] for kind in ("A", "AAAA", "CNAME", "NS")},
        "authorities": [_RECORD],
        "additionals": [_RECORD],
    },
}

# In v1 and v2 an answer event has the addresses of the flow, so that the client is the source; in
# v3 they are the packet's. Port 53 decides where it stands on one side only.
JUDGE = f"""
, events AS (
  SELECT _number, _line, _ok, event_type, flow_id, seconds(timestamp) AS time, dns,
         coalesce(dns.rrname, dns.queries[1].rrname) AS name,
         CASE WHEN dest_port = '53' AND src_port IS DISTINCT FROM '53' THEN true
              WHEN src_port = '53' AND dest_port IS DISTINCT FROM '53' THEN false
              ELSE coalesce(dns.version, '') <> '3' END AS from_client,
         src_ip, dest_ip,
         dns.answers IS NULL AND dns.grouped IS NULL AND dns.ttl IS NOT NULL AS single
  FROM objects
), typed AS (
  SELECT *, CASE WHEN single THEN [dns.rrtype] ELSE list_concat(
           list_transform(list_concat(dns.answers, dns.authorities, dns.additionals),
                          lambda r: r.rrtype),
           CASE WHEN len(dns.grouped.A) > 0 THEN ['A'] END,
           CASE WHEN len(dns.grouped.AAAA) > 0 THEN ['AAAA'] END,
           CASE WHEN len(dns.grouped.NS) > 0 THEN ['NS'] END,
           CASE WHEN len(dns.grouped.CNAME) > 0 THEN ['CNAME'] END,
           CASE WHEN dns.grouped IS NOT NULL THEN ['grouped'] END, []) END AS types
  FROM events
)
SELECT _number, time, name, flow_id, dns, single,
       CASE WHEN from_client THEN src_ip ELSE dest_ip END AS client,
       CASE WHEN from_client THEN dest_ip ELSE src_ip END AS server,
       {SAMPLE} AS sample,
       CASE {REFUSED}
            WHEN coalesce(event_type, 'dns') <> 'dns' OR dns.type IS NULL THEN 'other event'
            WHEN dns.type NOT IN ('answer', 'response') THEN 'query'
            WHEN NOT in_time(time) THEN 'time out of range'
            WHEN coalesce(dns.rcode, 'NOERROR') NOT IN ('NOERROR', '0') THEN 'error response'
            WHEN name IS NULL THEN 'no name'
            WHEN len(list_filter(types, lambda t: t IN ('A', 'AAAA', 'NS'))) > 0 THEN NULL
            WHEN list_contains(types, 'CNAME') THEN CASE WHEN single THEN NULL
              ELSE 'no addresses' END
            WHEN len(types) = 0 THEN 'no answer'
            ELSE 'other record type'
       END AS reason
FROM typed
"""

# One row per response: version 1's events are gathered, the first owner is the asked name.
_USED = """list_filter({records}, lambda r: r.rdata <> '' AND
  CASE r.rrtype WHEN 'A' THEN is_v4(r.rdata) WHEN 'AAAA' THEN is_v6(r.rdata)
       ELSE r.rrtype IN ('NS', 'CNAME') END)"""
_GATHERED = """gathered AS (
  SELECT min(_number) AS _number, time, arg_min(name, _number) AS name, client, server,
         any_value(dns.aa) AS aa, any_value(dns.ra) AS ra,
         list(struct_pack(rrname := dns.rrname, rrtype := dns.rrtype, ttl := dns.ttl,
                          rdata := dns.rdata) ORDER BY _number) AS answers,
         NULL AS grouped, NULL AS authorities, NULL AS additionals
  FROM events WHERE single GROUP BY time, client, server, flow_id, dns.id
), """
_WHOLE = f"""
WITH {{gathered}}whole AS (
  SELECT _number, time, name, client, server, dns.aa AS aa, dns.ra AS ra, dns.answers AS answers,
         dns.grouped AS grouped, dns.authorities AS authorities, dns.additionals AS additionals
  FROM events WHERE NOT single{{union}}
), sorted AS (
  SELECT * EXCLUDE (answers), vantage(aa, ra, client, server) AS sensor,
         coalesce({_USED.format(records="answers")}, []) AS records
  FROM whole
)
SELECT _number AS response, *,
       list_has_all(
         list_append(list_transform(list_filter(records, lambda r: r.rrtype = 'CNAME'),
                                    lambda r: lower(r.rdata)), lower(name)),
         list_transform(records, lambda r: lower(coalesce(r.rrname, name)))) AS straight
FROM sorted
"""
#: Events to responses: with version 1's events among them, and without.
WHOLE_MIXED = _WHOLE.format(gathered=_GATHERED, union=" UNION ALL BY NAME SELECT * FROM gathered")
WHOLE = _WHOLE.format(gathered="", union="")

_OF = "list_transform(list_filter(records, lambda r: r.rrtype = '{kind}'), lambda r: r.{field})"


def _values(kind: str, test: str) -> str:
    listed = _OF.format(kind=kind, field="rdata")
    return (
        f"CASE WHEN len(records) > 0 THEN {listed} "
        f"ELSE list_filter(grouped.{kind}, lambda a: {test}) END"
    )


_ONE_TYPE = """
SELECT time, name, '{kind}' AS type, {answers} AS answers,
       list_max({ttls}) AS ttl, client, sensor
FROM chained WHERE len({values}) > 0
"""
#: Rows of the answer sections whose records all hang together.
PLAIN = f"""
WITH chained AS (
  SELECT *, coalesce({_values("CNAME", "a <> ''")}, []) AS chain,
         {_values("A", "is_v4(a)")} AS four, {_values("AAAA", "is_v6(a)")} AS six,
         {_values("NS", "a <> ''")} AS hosts
  FROM responses WHERE straight AND name NOT IN ('', '.')
)
""" + " UNION ALL ".join(
    _ONE_TYPE.format(
        kind=kind, values=values, answers=answers, ttls=_OF.format(kind=kind, field="ttl")
    )
    for kind, values, answers in (
        ("A", "four", "list_concat(chain, four)"),
        ("AAAA", "six", "list_concat(chain, six)"),
        ("NS", "hosts", "hosts"),
    )
)

_SECTION = """
SELECT response, time, client, sensor, unnest({records}) AS record
FROM responses WHERE len({records}) > 0
"""
#: Rows of the authority and additional sections: one per owner and type.
SIDE = f"""
WITH records AS (
  SELECT *, record.rrtype = 'NS' AS host FROM ({_SECTION.format(records="authorities")})
  WHERE record.rrtype = 'NS' AND record.rdata <> ''
  UNION ALL
  SELECT *, false FROM ({_SECTION.format(records="additionals")})
  WHERE (record.rrtype = 'A' AND is_v4(record.rdata))
     OR (record.rrtype = 'AAAA' AND is_v6(record.rdata))
)
SELECT any_value(time) AS time, any_value(record.rrname) AS name, record.rrtype AS type,
       list(record.rdata) AS answers, max(record.ttl) AS ttl, any_value(client) AS client,
       any_value(sensor) AS sensor
FROM records WHERE record.rrname NOT IN ('', '.')
GROUP BY response, host, lower(record.rrname), record.rrtype
"""
