"""Build the embedded address tables from published lists. See docs/tables.md.

The tool reads files that were downloaded before and fetches nothing. The same files and the same
version of pyarrow give the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fluxhound.enrichment.kinds import KINDS, NetworkKind
from fluxhound.enrichment.ranges import IntArray, Ranges, flatten, network_halves
from fluxhound.enrichment.tables import BITS, FAMILIES

Rows = list[tuple[int, int, int]]

#: CDN lists of cdncheck that are left out: they name whole hosting companies and Internet
#: providers, and all of Google, its cloud included (its two networks tell those apart better).
CDNCHECK_LEFT_OUT = ("cafe24", "google", "kinx", "lgtelecom", "skbroadband")

#: Sections of Maltrail's list that are taken, by a part of the comment above them: those of
#: providers that are still in business and publish the list themselves.
MALTRAIL_SECTIONS = (
    "cloudflare.com/ips",
    "api.fastly.com",
    "cloudfront",
    "learn.akamai.com",
    "my.imperva.com",
    "cachefly",
    "auto-generated from live",
)


@dataclass(frozen=True, slots=True)
class Part:
    """One file to write: its columns, and what tables.json says of it."""

    table: str
    file: str
    columns: pa.Table


def main() -> None:
    """Build all tables into the output folder."""
    options = _options()
    holders: dict[tuple[int, str], int] = {}
    parts = [
        *(_part("asn", f, _network_rows(path, f, holders)) for f, path in _both(options, "asn")),
        *(_part("country", f, _country_rows(path, f)) for f, path in _both(options, "country")),
        *(_kind_part(f, options.cdncheck, options.maltrail) for f in FAMILIES),
    ]
    parts.append(Part("asn", "holders.parquet", _holder_columns(holders)))
    options.output.mkdir(parents=True, exist_ok=True)
    for part in parts:
        _write(part, options.output)
        size = (options.output / part.file).stat().st_size
        print(f"{part.file}: {part.columns.num_rows:,} rows, {size:,} bytes")
    _write_manifest(parts, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for table in ("asn", "country"):
        for family in FAMILIES:
            parser.add_argument(f"--{table}-{family}", type=Path, required=True, metavar="CSV")
    parser.add_argument("--cdncheck", type=Path, required=True, metavar="JSON")
    parser.add_argument("--maltrail", type=Path, required=True, metavar="TXT")
    parser.add_argument("--version", required=True, help="of the two ip-location-db packages")
    parser.add_argument("--date", required=True, help="of the two ip-location-db packages")
    parser.add_argument("--kind-date", required=True, help="of the newest list of kinds")
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER")
    return parser.parse_args()


def _both(options: argparse.Namespace, table: str) -> Iterator[tuple[str, Path]]:
    for family in FAMILIES:
        yield family, getattr(options, f"{table}_{family}")


def _network_rows(path: Path, family: str, holders: dict[tuple[int, str], int]) -> Rows:
    rows: Rows = []
    for first, last, asn, holder in _cells(path):
        if bounds := _bounds(first, last, family):
            code = holders.setdefault((int(asn), holder), len(holders) + 1)
            rows.append((*bounds, code))
    return rows


def _country_rows(path: Path, family: str) -> Rows:
    rows: Rows = []
    for first, last, country in _cells(path):
        if bounds := _bounds(first, last, family):
            rows.append((*bounds, int.from_bytes(country.encode("ascii"), "big")))
    return rows


def _cells(path: Path) -> Iterator[list[str]]:
    """Yield the cells of each line; addresses are written as decimal numbers (the -num files)."""
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.reader(lines)


def _bounds(first: str, last: str, family: str) -> tuple[int, int] | None:
    start, end = int(first), int(last)
    return network_halves(start, end) if family == "ipv6" else (start, end)


def _part(table: str, family: str, rows: Rows) -> Part:
    return _range_part(table, family, flatten(rows, BITS[family]))


def _range_part(table: str, family: str, ranges: Ranges) -> Part:
    """Store each start as the gap from the one before: small numbers, many of them equal."""
    gaps = np.diff(ranges.starts.astype(np.uint64), prepend=np.uint64(0))
    gap_type = np.uint32 if family == "ipv4" else np.uint64
    columns = pa.table(
        {"gap": gaps.astype(gap_type), "code": ranges.values.astype(_smallest(ranges.values))}
    )
    return Part(table, f"{table}-{family}.parquet", columns)


def _smallest(codes: IntArray) -> type[np.int32 | np.int64]:
    return np.int32 if int(codes.max(initial=0)) < 1 << 31 else np.int64


def _kind_part(family: str, cdncheck: Path, maltrail: Path) -> Part:
    lists = json.loads(cdncheck.read_text("utf-8"))
    delivery = [
        *_listed(lists, "waf"),
        *_listed(lists, "cdn", but=CDNCHECK_LEFT_OUT),
        *_sections(maltrail),
    ]
    layers = [
        _layer(delivery, NetworkKind.CDN, family),
        _layer(_listed(lists, "cloud"), NetworkKind.CLOUD, family),
    ]
    return _range_part("kind", family, _first_of(layers))


def _listed(
    lists: dict[str, dict[str, list[str]]], group: str, but: Iterable[str] = ()
) -> list[str]:
    left_out = set(but)
    return [n for name, ns in lists[group].items() if name not in left_out for n in ns]


def _sections(path: Path) -> Iterator[str]:
    """Yield the networks below comments that name one of MALTRAIL_SECTIONS."""
    taken = False
    after_network = True
    for line in path.read_text("utf-8").splitlines():
        text = line.strip()
        if text.startswith("#"):
            named = any(part in text for part in MALTRAIL_SECTIONS)
            taken = named or (taken and not after_network)
            after_network = False
        elif text:
            after_network = True
            if taken:
                yield text


def _layer(networks: Iterable[str], kind: NetworkKind, family: str) -> Ranges:
    code = KINDS.index(kind)
    rows: Rows = []
    for text in networks:
        network = ip_network(text, strict=False)
        if f"ipv{network.version}" != family:
            continue
        first, last = int(network[0]), int(network[-1])
        bounds = (first, last) if family == "ipv4" else network_halves(first, last)
        if bounds:
            rows.append((*bounds, code))
    return flatten(rows, BITS[family])


def _first_of(layers: list[Ranges]) -> Ranges:
    """Return the ranges that hold, at each place, the value of the first layer that has one."""
    starts = np.unique(np.concatenate([layer.starts for layer in layers]))
    values = np.zeros(len(starts), dtype=np.int64)
    for layer in reversed(layers):
        codes = layer.at(starts)
        values = np.where(codes > 0, codes, values)
    changes = np.diff(values, prepend=-1) != 0
    return Ranges(starts[changes], values[changes])


def _holder_columns(holders: dict[tuple[int, str], int]) -> pa.Table:
    numbers = pa.array([asn for asn, _ in holders], pa.uint32())
    return pa.table(
        {"asn": numbers, "holder": pa.array([name for _, name in holders], pa.string())}
    )


def _write(part: Part, folder: Path) -> None:
    """Write with the bytes of numbers apart by place (they pack best so), as small as zstd can."""
    numbers = [f.name for f in part.columns.schema if pa.types.is_integer(f.type)]
    pq.write_table(
        part.columns,
        folder / part.file,
        compression="zstd",
        compression_level=22,
        use_dictionary=False,
        column_encoding=dict.fromkeys(numbers, "BYTE_STREAM_SPLIT"),
        write_statistics=False,
        store_schema=False,
        row_group_size=part.columns.num_rows or 1,
        data_page_size=1 << 26,
    )


def _write_manifest(parts: list[Part], options: argparse.Namespace) -> None:
    package = {"version": options.version, "date": options.date}
    tables = {
        "asn": {
            "source": "npm package @ip-location-db/asn",
            "licence": "CC-BY-4.0",
            "inputs": _sums(path for _, path in _both(options, "asn")),
            **package,
        },
        "country": {
            "source": "npm package @ip-location-db/geo-whois-asn-country",
            "licence": "CC0-1.0, with data of the NRO under CC-BY-4.0",
            "inputs": _sums(path for _, path in _both(options, "country")),
            **package,
        },
        "kind": {
            "source": "cdncheck (ProjectDiscovery) and Maltrail, lists of CDN and cloud ranges",
            "licence": "MIT",
            "inputs": _sums([options.cdncheck, options.maltrail]),
            "version": "",
            "date": options.kind_date,
        },
    }
    files = {
        p.file: {
            "table": p.table,
            "rows": p.columns.num_rows,
            "sha256": _sum(options.output / p.file),
        }
        for p in parts
    }
    text = json.dumps({"tables": tables, "files": files}, indent=2, sort_keys=True)
    (options.output / "tables.json").write_text(text + "\n", "utf-8")


def _sums(paths: Iterable[Path]) -> dict[str, str]:
    return {path.name: _sum(path) for path in paths}


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
