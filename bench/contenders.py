"""Other ways to get the same numbers from a Zeek dns.log, and bare readings of files.

    python bench/contenders.py duckdb zeek1m.log
    python bench/contenders.py gunzip zeek1m.log.gz

Each runs in a process of its own. The job of the first three, for every name: responses with an
address, distinct addresses, distinct prefixes (two octets, or two groups of IPv6), distinct
clients, largest TTL, first and last sighting. The sums over all names are printed as one JSON line,
so that the runner can see that all agree.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

HEADER_LINES = 8
#: Octets that are decompressed at a time.
PIECE = 1 << 20
COLUMNS = (  # noqa: SIM905 - words read best as words
    "ts uid client port sensor sensor_port proto trans_id rtt query qclass qclass_name qtype "
    "qtype_name rcode rcode_name AA TC RD RA Z answers TTLs rejected"
).split()
Sums = dict[str, int]


@dataclass(slots=True)
class Features:
    """What the loop gathers of one name."""

    responses: int = 0
    addresses: set[bytes] = field(default_factory=set)
    prefixes: set[bytes] = field(default_factory=set)
    clients: set[bytes] = field(default_factory=set)
    ttl: float = 0.0
    first: float = float("inf")
    last: float = 0.0


def loop(path: Path) -> Sums:
    """Go through the lines with split, dictionaries and sets, as most scripts do."""
    names: dict[bytes, Features] = {}
    with path.open("rb") as lines:
        for line in lines:
            if line.startswith(b"#"):
                continue
            fields = line.split(b"\t")
            if fields[13] not in (b"A", b"AAAA") or fields[21] == b"-":
                continue
            seen = names.setdefault(fields[9], Features())
            for answer in fields[21].split(b","):
                if b":" in answer:
                    seen.prefixes.add(b":".join(answer.split(b":", 2)[:2]))
                elif answer[-1:].isdigit():
                    seen.prefixes.add(b".".join(answer.split(b".", 2)[:2]))
                else:
                    continue
                seen.addresses.add(answer)
            time = float(fields[0])
            seen.responses += 1
            seen.clients.add(fields[2])
            seen.ttl = max(seen.ttl, float(fields[22].rsplit(b",", 1)[-1]))
            seen.first, seen.last = min(seen.first, time), max(seen.last, time)
    found = names.values()
    return {
        "names": len(names),
        "responses": sum(f.responses for f in found),
        "addresses": sum(len(f.addresses) for f in found),
        "prefixes": sum(len(f.prefixes) for f in found),
        "clients": sum(len(f.clients) for f in found),
        "ttl": sum(int(f.ttl) for f in found),
        "seconds": sum(int(f.last) - int(f.first) for f in found),
    }


#: One stage: split every row, then group. count(DISTINCT) is what one writes first.
SQL = """
WITH asked AS (
  SELECT row_number() OVER () AS row, query, client, ts::DOUBLE AS ts,
         string_split(answers, ',') AS answers,
         string_split(TTLs, ',')[-1]::DOUBLE AS ttl
  FROM read_csv($path, delim='\t', header=false, quote='', escape='', skip=$skip, auto_detect=false,
                null_padding=true, columns=$columns)
  WHERE qtype_name IN ('A', 'AAAA') AND answers <> '-'
), split AS (
  SELECT row, query, client, ts, ttl, unnest(answers) AS address FROM asked
), named AS (
  SELECT *, CASE WHEN contains(address, ':')
                 THEN split_part(address, ':', 1) || ':' || split_part(address, ':', 2)
                 ELSE split_part(address, '.', 1) || '.' || split_part(address, '.', 2)
            END AS prefix
  FROM split WHERE contains(address, ':') OR right(address, 1) BETWEEN '0' AND '9'
), features AS (
  SELECT query, count(DISTINCT row) AS responses, count(DISTINCT address) AS addresses,
         count(DISTINCT prefix) AS prefixes, count(DISTINCT client) AS clients, max(ttl) AS ttl,
         min(ts) AS first, max(ts) AS last
  FROM named GROUP BY query
)
SELECT count(*) AS names, sum(responses) AS responses, sum(addresses) AS addresses,
       sum(prefixes) AS prefixes, sum(clients) AS clients, sum(floor(ttl)) AS ttl,
       sum(floor(last) - floor(first)) AS seconds
FROM features
"""


def duckdb_sql(path: Path) -> Sums:
    """Ask DuckDB in one stage."""
    import duckdb  # noqa: PLC0415 - each contender loads only what it uses

    given = {
        "path": str(path),
        "skip": HEADER_LINES,
        "columns": dict.fromkeys(COLUMNS, "VARCHAR"),
    }
    with duckdb.connect() as connection:
        answer = connection.execute(SQL, given)
        names = [column[0] for column in answer.description or ()]
        row = answer.fetchone() or ()
    return {name: int(value) for name, value in zip(names, row, strict=True)}


def polars_lazy(path: Path) -> Sums:
    """Ask Polars with its streaming engine."""
    pl: Any = import_module("polars")  # optional, so never imported by name

    address = pl.col("address")
    six = address.str.contains(":", literal=True)
    asked = (
        pl.scan_csv(
            path,
            separator="\t",
            has_header=False,
            new_columns=COLUMNS,
            skip_rows=HEADER_LINES,
            quote_char=None,
            infer_schema=False,
            truncate_ragged_lines=True,
        )
        .filter(pl.col("qtype_name").is_in(["A", "AAAA"]) & (pl.col("answers") != "-"))
        .select(
            "query",
            "client",
            pl.col("ts").cast(pl.Float64),
            pl.col("TTLs").str.split(",").list.last().cast(pl.Float64).alias("ttl"),
            pl.col("answers").str.split(",").alias("address"),
        )
    )
    plain = asked.group_by("query").agg(
        pl.len().alias("responses"),
        pl.col("client").n_unique().alias("clients"),
        pl.col("ttl").max(),
        (pl.col("ts").max().floor() - pl.col("ts").min().floor()).alias("seconds"),
    )
    spread = (
        asked.select("query", "address")
        .explode("address")
        .filter(six | address.str.contains("[0-9]$"))
        .with_columns(address.str.extract("^([^.:]*[.:][^.:]*)").alias("prefix"))
        .group_by("query")
        .agg(
            address.n_unique().alias("addresses"),
            pl.col("prefix").n_unique().alias("prefixes"),
        )
    )
    sums = ("responses", "addresses", "prefixes", "clients", "seconds")
    totals = plain.join(spread, on="query").select(
        pl.len().alias("names"), *(pl.col(c).sum() for c in sums), pl.col("ttl").floor().sum()
    )
    row = totals.collect(engine="streaming").to_dicts()[0]
    return {name: int(value) for name, value in row.items()}


def gunzip(path: Path) -> Sums:
    """Decompress, and do nothing with it."""
    from isal import igzip  # noqa: PLC0415 - each contender loads only what it uses

    buffer = bytearray(PIECE)
    octets = 0
    opened: Any = igzip.IGzipFile  # it has no types
    with opened(path) as file:
        while got := file.readinto(buffer):
            octets += got
    return {"octets": octets}


_FIELDS = "frame.time_epoch dns.qry.name dns.a dns.aaaa dns.resp.ttl".split()  # noqa: SIM905
#: Names, and distinct pairs of a name and an address.
_AWK = """
{ n = split($3 "," $4, parts, ","); for (i = 1; i <= n; i++) if (parts[i] != "")
    { pairs[$2 " " parts[i]]; names[$2] } }
END { for (n in names) a++; for (p in pairs) b++; print a, b }
"""


def tshark(path: Path) -> Sums:
    """Dissect a capture with tshark, and count with awk what belongs together."""
    words = ["tshark", "-n", "-r", str(path), "-Y", "dns.flags.response==1", "-T", "fields"]
    words += [word for field_ in _FIELDS for word in ("-e", field_)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as dissected:
        awk = ["awk", "-F", "\\t", _AWK]
        done = subprocess.run(awk, stdin=dissected.stdout, capture_output=True, check=True)
    names, pairs = done.stdout.split()
    return {"names": int(names), "addresses": int(pairs)}


def count(path: Path) -> int:
    """Count the records of any file that Fluxhound reads."""
    from fluxhound.sources.format import ReadOptions  # noqa: PLC0415 - as above
    from fluxhound.sources.sniff import recognise  # noqa: PLC0415
    from fluxhound.sources.stream import Stream  # noqa: PLC0415
    from fluxhound.sources.tally import Tally  # noqa: PLC0415

    tally = Tally()
    with path.open("rb") as raw:
        stream = Stream(raw, name=path.name, path=path)
        for _ in recognise(stream.head, path.name).read(stream, tally, ReadOptions()):
            pass
    return tally.records


#: The rows of a day, once more for each day before it.
_MONTH = """
INSERT INTO history
SELECT hour - 24 * day, sensor, name, type, answers, first - 86400 * day, last - 86400 * day, count,
       ttl_max, ttl_min, source
FROM (SELECT * FROM history) AS today, range(1, $days) AS days(day)
"""


def month(path: Path, days: int) -> None:
    """Let a store that holds a day hold it for so many days."""
    import duckdb  # noqa: PLC0415 - as above

    with duckdb.connect(str(path)) as connection:
        connection.execute(_MONTH, {"days": days})


CONTENDERS: dict[str, Callable[[Path], Sums | int]] = {
    "loop": loop,
    "duckdb": duckdb_sql,
    "polars": polars_lazy,
    "gunzip": gunzip,
    "tshark": tshark,
    "count": count,
}


def main() -> None:
    """Run one contender and print its sums."""
    name, path, *more = sys.argv[1:]
    if name == "month":
        month(Path(path), int(more[0]))
        return
    print(json.dumps(CONTENDERS[name](Path(path)), sort_keys=True))


if __name__ == "__main__":
    main()
