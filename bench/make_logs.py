"""Write a made-up day of a resolver's log, fast and always the same for the same seed.

    python bench/make_logs.py --rows 10000000 --out zeek10m.log
    python bench/make_logs.py --rows 1000000 --formats zeek,zeek.gz,eve,cof.zst --into FOLDER
    python bench/make_logs.py --rows 1000000 --formats all --into FOLDER

One day of 5,000 clients behind four resolvers. Popularity is Zipf with exponent 0.95 over 300,000
names; a quarter of the rows holds no address (absent names, other types, failures); of the
others, some 40 % answer through CNAMEs; TTLs count down in each resolver's cache. Some 20 flux
names and 30 NTP pools hide among them; the flux names are listed in OUT.flux.txt or
FOLDER/flux.txt. It is made for
measuring speed; it says nothing about accuracy: that is what ``fluxhound lab`` is for, which plays
every resolver and every refresh. Here a row is a pure function of its number, so that rows are made
in parallel; the lab's writers write them.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import deque
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # as a script, bench is no package

from bench.log_forms import FORMS, Day, Form, form_named, opened
from bench.universe import CDN, FLUX, NTP, WORLD, Ints, Universe, build, reversed_names

Mask = NDArray[np.bool_]

START = 1_795_046_400  # 2026-11-19 00:00 UTC
DAY = 86_400
CHUNK_ROWS = 250_000
CLIENTS = 5_000
RESOLVERS = ("10.0.0.53", "10.64.0.53", "10.128.0.53", "10.192.0.53")
NAMES = 300_000
POINTERS = 20_000
MICRO = 1_000_000

#: Kinds of rows and their shares: addresses, absent name, no such type, PTR, TXT, MX, failure.
ADDRESSES, ABSENT, EMPTY, POINTER, TEXT, MAIL, FAILURE = range(7)
ROW_SHARES = (0.75, 0.10, 0.06, 0.04, 0.02, 0.01, 0.02)
AAAA_SHARE = 0.35  # of the address rows of names that have IPv6

BASE62 = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", np.uint8)


def write_log(
    path: Path, *, rows: int, seed: int, names: int = NAMES, threads: int = 2
) -> Universe:
    """Write *rows* rows to *path* as a Zeek log, and the flux names beside it."""
    zeek = form_named("zeek")
    universe = write_logs({path: zeek}, rows=rows, seed=seed, names=names, threads=threads)
    _list_flux(universe, path.with_name(path.name + ".flux.txt"))
    return universe


def write_logs(
    paths: Mapping[Path, Form], *, rows: int, seed: int, names: int = NAMES, threads: int = 2
) -> Universe:
    """Write the same *rows* rows to each of *paths* in its form."""
    universe = build(names, seed)
    texts = Texts(universe)
    forms = set(paths.values())
    chunks = [(at, min(CHUNK_ROWS, rows - at)) for at in range(0, rows, CHUNK_ROWS)]
    with ExitStack() as stack:
        logs = [(stack.enter_context(opened(path, form)), form) for path, form in paths.items()]
        pool = stack.enter_context(ThreadPoolExecutor(threads))
        waiting: deque[Future[dict[Form, memoryview]]] = deque()

        def write(pieces: dict[Form, memoryview]) -> None:
            for log, form in logs:
                log.write(pieces[form])

        for at, count in chunks:
            waiting.append(pool.submit(_pieces, forms, texts, at, count, rows, seed))
            if len(waiting) > threads:
                write(waiting.popleft().result())
        while waiting:
            write(waiting.popleft().result())
    return universe


def _list_flux(universe: Universe, path: Path) -> None:
    path.write_text("\n".join(universe.flux) + "\n")


def _pieces(
    forms: Iterable[Form], texts: Texts, at: int, count: int, rows: int, seed: int
) -> dict[Form, memoryview]:
    day = chunk(texts, at=at, count=count, rows=rows, seed=seed)
    return {form: form.write(day, at) for form in forms}


class Texts:
    """The strings that rows refer to by number."""

    def __init__(self, universe: Universe) -> None:
        self.universe = universe
        self.seconds = pa.array([f"{s}.000000" for s in range(DAY + 1)])
        rng = np.random.default_rng(5)
        hosts = rng.choice(1 << 16, CLIENTS, replace=False)
        self.clients = pa.array([f"10.{h % 250}.{h >> 8}.{h & 255 or 1}" for h in hosts.tolist()])
        self.ports = pa.array([str(p) for p in range(1 << 16)])
        self.resolvers = pa.array(RESOLVERS)
        ipv4 = int(universe.regions[: len(WORLD), 1].sum())
        self.pointers = reversed_names(universe.world, min(POINTERS, ipv4))


def chunk(texts: Texts, *, at: int, count: int, rows: int, seed: int) -> Day:
    """Return rows *at* to *at* + *count* of the day."""
    rng = np.random.default_rng(np.random.SeedSequence((seed, 1, at)))
    universe = texts.universe
    micros = _times(at, count, rows, rng)
    row_kind = rng.choice(len(ROW_SHARES), count, p=ROW_SHARES)
    name = np.searchsorted(universe.cumulative, rng.random(count)).clip(0, len(universe.kind) - 1)
    client = (rng.random(count) ** 2 * CLIENTS).astype(np.int64)
    resolver = client % len(RESOLVERS)
    six = (universe.ipv6[name] == 1) & (rng.random(count) < AAAA_SHARE) | (row_kind == EMPTY)
    seconds = micros // MICRO
    answers, ttls = _answers(texts, name, seconds, resolver, six=six, row_kind=row_kind)
    columns = {
        "ts": _decimal(micros, 10, 6),
        "uid": _uids(count, rng),
        "id.orig_h": texts.clients.take(pa.array(client)),
        "id.orig_p": texts.ports.take(pa.array(rng.integers(1_024, 1 << 16, count))),
        "id.resp_h": texts.resolvers.take(pa.array(resolver)),
        "id.resp_p": _constant("53", count),
        "proto": _constant("udp", count),
        "trans_id": texts.ports.take(pa.array(rng.integers(0, 1 << 16, count))),
        "rtt": _decimal((rng.exponential(0.012, count).clip(0.0002, 5) * MICRO).astype(int), 1, 6),
        "query": _queries(texts, name, row_kind, rng),
        "qclass": _constant("1", count),
        "qclass_name": _constant("C_INTERNET", count),
        "qtype": _by_kind(row_kind, six, ("1", "1", "28", "12", "16", "15", "1"), "28"),
        "qtype_name": _by_kind(row_kind, six, ("A", "A", "AAAA", "PTR", "TXT", "MX", "A"), "AAAA"),
        "rcode": _by_kind(row_kind, None, ("0", "3", "0", "0", "0", "0", "2")),
        "rcode_name": _by_kind(
            row_kind, None, (*["NOERROR", "NXDOMAIN"], *["NOERROR"] * 4, "SERVFAIL")
        ),
        "AA": _constant("F", count),
        "TC": _constant("F", count),
        "RD": _constant("T", count),
        "RA": _constant("T", count),
        "Z": _constant("0", count),
        "answers": answers,
        "TTLs": ttls,
        "rejected": _constant("F", count),
    }
    answered = pa.array(row_kind == ADDRESSES)
    return Day(columns=columns, micros=micros, answered=answered)


def _times(at: int, count: int, rows: int, rng: np.random.Generator) -> Ints:
    """Return sorted microseconds: the share of the day that these rows cover, busier by day."""
    share = np.sort((at + rng.random(count) * count) / rows)
    grid = np.linspace(0, 1, 1_441)
    cumulative = grid - 0.09 * np.sin(2 * np.pi * (grid - 0.1)) - 0.09 * np.sin(0.2 * np.pi)
    return ((START + np.interp(share, cumulative, grid) * DAY) * MICRO).astype(np.int64)


def _answers(
    texts: Texts,
    name: Ints,
    seconds: Ints,
    resolver: Ints,
    *,
    six: Mask,
    row_kind: Ints,
) -> tuple[pa.Array, pa.Array]:
    """Return the columns ``answers`` and ``TTLs``; "-" where a row has none."""
    universe = texts.universe
    asked = np.flatnonzero(row_kind == ADDRESSES)
    who, when = name[asked], seconds[asked]
    chained = pc.if_else(
        pa.array(universe.chain[who] > 0), universe.chain_text.take(pa.array(who)), ""
    )
    numbers, lengths = _addresses(universe, who, when, resolver[asked], six[asked])
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
    lists = pa.ListArray.from_arrays(offsets, universe.world.take(pa.array(numbers)))
    address_text = pc.binary_join_element_wise(chained, pc.binary_join(lists, ","), "")
    ttl_text = _ttls(texts, who, when, resolver[asked], lengths)
    text_answers = pc.if_else(
        pa.array(row_kind == MAIL), "mx1.mail.example", "TXT 23 v=spf1 include:_spf -all"
    )
    none = pa.array(np.isin(row_kind, (ABSENT, EMPTY, FAILURE)))
    other = pc.if_else(none, "-", text_answers)
    other = pc.if_else(pa.array(row_kind == POINTER), "host.example.net", other)
    other_ttl = pc.if_else(none, "-", "3600.000000")
    mask = pa.array(row_kind == ADDRESSES)
    return (
        pc.replace_with_mask(other, mask, address_text),
        pc.replace_with_mask(other_ttl, mask, ttl_text),
    )


def _addresses(
    universe: Universe, who: Ints, when: Ints, resolver: Ints, six: Mask
) -> tuple[Ints, Ints]:
    """Return numbers of addresses in the world, row after row, and how many each row has.

    An answer is a run of slots of the name's pool, laid over a region of the world; the run
    starts elsewhere in each period, and for CDN and NTP also at each resolver. The pools of flux
    names move on by 30 % a day: bots die and others come.
    """
    kind, ttl = universe.kind[who], np.maximum(universe.ttl[who], 1)
    site = np.isin(kind, (CDN, NTP))
    fetched = when + _left(ttl, when, _phase(who, resolver)) - ttl  # cached until the TTL is over
    epoch = fetched // universe.period[who]
    turn = _mix(who * 1_000_003 + epoch * 7_919 + np.where(site, resolver + 1, 0))
    pool = universe.pool[who]
    first = np.where(pool > universe.size[who], turn % pool.astype(np.uint64), 0).astype(np.int64)
    drift = np.where(kind == FLUX, (fetched - START) * pool * 3 // (10 * DAY), 0)
    base = universe.base[who] + drift
    order = _mix(who + fetched * 31) % universe.size[who].astype(np.uint64)  # round robin
    lengths = universe.size[who]
    row = np.repeat(np.arange(len(who)), lengths)
    place = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    slot = (place + order.astype(np.int64)[row]) % lengths[row]
    slot = (slot + first[row]) % pool[row]
    region = _region(universe, who, six)[row]
    start, length = universe.regions[region].T
    return start + (base[row] + slot) % length, lengths


def _region(universe: Universe, who: Ints, six: Mask) -> Ints:
    """Return the row of ``regions``: the IPv6 ones stand behind the four IPv4 ones."""
    ipv6 = np.array([4, 5, 4, 6])
    return np.where(six, ipv6[universe.region[who]], universe.region[who])


def _ttls(texts: Texts, who: Ints, when: Ints, resolver: Ints, lengths: Ints) -> pa.Array:
    """Return the TTLs left in the resolver's cache, one for each answer, joined by commas."""
    universe = texts.universe
    left = texts.seconds.take(pa.array(_left(universe.ttl[who], when, _phase(who, resolver))))
    chain_ttl = np.array([300, 3_600, 21_600])[who % 3]
    above = texts.seconds.take(pa.array(_left(chain_ttl, when, who * 17 + resolver * 991)))
    chains = pc.binary_repeat(
        pc.binary_join_element_wise(above, "", ","), pa.array(universe.chain[who])
    )
    more = pc.binary_repeat(pc.binary_join_element_wise("", left, ","), pa.array(lengths - 1))
    return pc.binary_join_element_wise(chains, left, more, "")


def _left(ttl: Ints, when: Ints, phase: Ints) -> Ints:
    """Return what is left of *ttl* seconds at *when* in a cache that refreshes at a phase."""
    return np.where(ttl > 0, ttl - (when + phase) % np.maximum(ttl, 1), 0)


def _phase(who: Ints, resolver: Ints) -> Ints:
    """Return when a resolver's cache refreshes a name, in seconds modulo the TTL."""
    return who * 13 + resolver * 997


def _mix(numbers: Ints) -> NDArray[np.uint64]:
    """Scatter 64-bit numbers (SplitMix64's finaliser, Steele et al. 2014)."""
    z = numbers.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def _queries(texts: Texts, name: Ints, row_kind: Ints, rng: np.random.Generator) -> pa.Array:
    queries = texts.universe.names.take(pa.array(name))
    for kind, source in ((ABSENT, texts.universe.absent), (POINTER, texts.pointers)):
        mask = row_kind == kind
        drawn = source.take(pa.array(rng.integers(0, len(source), int(mask.sum()))))
        queries = pc.replace_with_mask(queries, pa.array(mask), drawn)
    return queries


def _by_kind(row_kind: Ints, six: Mask | None, words: tuple[str, ...], word6: str = "") -> pa.Array:
    """Return one word for each row by its kind; *word6* for addresses of IPv6."""
    numbers = row_kind if six is None else np.where((row_kind == ADDRESSES) & six, 7, row_kind)
    return pa.array([*words, word6]).take(pa.array(numbers))


def _constant(word: str, count: int) -> pa.Array:
    return pa.repeat(word, count)


def _fixed(characters: NDArray[np.uint8]) -> pa.Array:
    """Return a string column from a (rows, width) array of bytes."""
    count, width = characters.shape
    offsets = np.arange(0, (count + 1) * width, width, dtype=np.int32)
    buffers = [pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(characters))]
    return pa.StringArray.from_buffers(count, *buffers)


def _decimal(micros: Ints, whole: int, places: int) -> pa.Array:
    """Return numbers of micro-units as text of *whole* + *places* digits."""
    text = np.empty((len(micros), whole + 1 + places), np.uint8)
    rest = micros
    for column in (*range(whole + places, whole, -1), *range(whole - 1, -1, -1)):
        rest, digit = np.divmod(rest, 10)
        text[:, column] = digit + 48
    text[:, whole] = ord(".")
    return _fixed(text)


def _uids(count: int, rng: np.random.Generator) -> pa.Array:
    characters = BASE62[rng.integers(0, 62, (count, 18), dtype=np.uint8)]
    characters[:, 0] = ord("C")
    return _fixed(characters)


def main() -> None:
    """Write the logs that the command line asks for."""
    parser = argparse.ArgumentParser(prog="bench/make_logs.py", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--names", type=int, default=NAMES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="write one Zeek log to this path")
    parser.add_argument("--formats", default="zeek", help=f"all, or of {', '.join(FORMS)}")
    parser.add_argument("--into", type=Path, help="write each format to a file in this folder")
    options = parser.parse_args()
    if not options.out and not options.into:
        parser.error("give --out or --into")
    began = time.monotonic()
    size = {"rows": options.rows, "seed": options.seed, "names": options.names}
    if options.out:
        write_log(options.out, **size)
    if options.into:
        wanted = list(FORMS) if options.formats == "all" else options.formats.split(",")
        paths = {options.into / form_named(name).file: form_named(name) for name in wanted}
        _list_flux(write_logs(paths, **size), options.into / "flux.txt")
    took = time.monotonic() - began
    print(f"{options.out or options.into}: {options.rows:,} rows, {took:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
