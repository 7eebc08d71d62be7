"""Responses as DNS messages (RFC 1035 section 4), whole batches at a time.

Each message holds its question, the chain of CNAMEs, the answers, and the authority and additional
sections where the rows have them. Owners that stood before are pointers; the names in rdata are
written out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from fluxhound.lab.writing.answers import Answers, take_apart
from fluxhound.lab.writing.columns import Ints, Mask, Octets, binary
from fluxhound.lab.writing.endpoints import octets_of
from fluxhound.lab.writing.names import Wire, wire
from fluxhound.lab.writing.responses import ADDITIONAL, ANSWER, AUTHORITY, Responses

HEADER, QUESTION_END, FIXED, POINTER = 12, 4, 10, 2  # octets
A, NS, CNAME, AAAA = 1, 2, 5, 28
NUMBERS = {"A": A, "NS": NS, "AAAA": AAAA}
#: QR, RD and RA: a resolver's answer to a client. QR and AA: a name server's to a resolver.
BELOW, ABOVE = 0x8180, 0x8400
#: Pointers have 14 bits: a message beyond is left out rather than written without them.
MESSAGE_OCTETS = 0x3FFF
TTL_LIMIT = 0x7FFF_FFFF  # RFC 2181 section 8

NOT_WRITABLE = "name or address that no message can hold"
TOO_LONG = "message longer than its pointers reach"


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """The messages of a batch, the responses that they are of, and what was left out."""

    octets: pa.Array  # binary, one value for each response
    responses: Responses
    left_out: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Records:
    """What every record of a batch needs: one value for each, row after row."""

    answers: Answers
    owners: Wire  # of the rows
    rdata: Wire
    kind: Ints
    written_out: Mask  # the owner is not a pointer
    sizes: Ints  # of the whole records


def messages(given: Responses, transactions: Ints, *, above: bool) -> Messages:
    """Return the messages of *given*; *transactions* are their numbers, one for each response."""
    left_out: dict[str, int] = {}
    records = _records(given)
    broken = _broken(given, records)
    if broken.any():
        left_out[NOT_WRITABLE] = int(broken.sum())
        given, transactions = given.without(broken), transactions[~broken]
        records = _records(given)
    sizes = _sizes(given, records)
    long = sizes > MESSAGE_OCTETS
    if long.any():
        left_out[TOO_LONG] = int(long.sum())
        given, transactions = given.without(long), transactions[~long]
        records, sizes = _records(given), sizes[~long]
    found = _written(given, records, sizes, transactions, above=above)
    return Messages(octets=binary(found, sizes), responses=given, left_out=left_out)


def _records(given: Responses) -> _Records:
    rows = given.rows
    answers = take_apart(rows)
    types = rows.column("type").dictionary_encode()
    number = np.array([NUMBERS[kind] for kind in types.dictionary.to_pylist()], np.int64)
    kind = number[types.indices.to_numpy()][answers.row] if rows.num_rows else np.empty(0, int)
    kind = np.where(answers.alias, CNAME, kind)
    owners = wire(rows.column("name"))
    rdata = _rdata(answers.values, kind)
    written_out = (answers.place == 0) & (given.section != ANSWER)[answers.row]
    owner_sizes = np.where(written_out, owners.sizes[answers.row], POINTER)
    return _Records(answers, owners, rdata, kind, written_out, owner_sizes + FIXED + rdata.sizes)


def _rdata(values: pa.StringArray, kind: Ints) -> Wire:
    """Return the octets of every value: a name, or 4 or 16 of an address."""
    named = (kind == NS) | (kind == CNAME)
    names = wire(values.filter(pa.array(named)))
    address_sizes = np.where(kind[~named] == A, 4, 16)
    distinct = values.filter(pa.array(~named)).dictionary_encode()
    found = [octets_of(text) or b"" for text in distinct.dictionary.to_pylist()]
    code = distinct.indices.to_numpy()
    right = np.array([len(each) for each in found], np.int64)[code] == address_sizes
    padded = np.frombuffer(b"".join(each.ljust(16, b"\0") for each in found), np.uint8)
    cells = padded.reshape(-1, 16)[code]
    sizes = np.empty(len(kind), np.int64)
    sizes[named], sizes[~named] = names.sizes, address_sizes
    sound = np.empty(len(kind), bool)
    sound[named], sound[~named] = names.sound, right
    octets = np.empty(int(sizes.sum()), np.uint8)
    starts = np.cumsum(sizes) - sizes
    copy(octets, starts[named], names.octets, names.starts, names.sizes)
    flat = np.arange(len(cells)) * 16
    copy(octets, starts[~named], cells.ravel(), flat, address_sizes)
    return Wire(octets=octets, sizes=sizes, sound=sound)


def _broken(given: Responses, records: _Records) -> Mask:
    broken = np.zeros(given.count, bool)
    broken[given.number[~records.owners.sound]] = True
    broken[given.number[records.answers.row[~records.rdata.sound]]] = True
    return broken


def _question_sizes(given: Responses, records: _Records) -> Ints:
    sizes: Ints = records.owners.sizes[given.section == ANSWER] + (HEADER + QUESTION_END)
    return sizes


def _sizes(given: Responses, records: _Records) -> Ints:
    response = given.number[records.answers.row]
    summed = np.bincount(response, records.sizes, minlength=given.count).astype(np.int64)
    return _question_sizes(given, records) + summed


def _written(
    given: Responses, records: _Records, sizes: Ints, transactions: Ints, *, above: bool
) -> Octets:
    out = np.zeros(int(sizes.sum()), np.uint8)
    starts = np.cumsum(sizes) - sizes
    _write_questions(out, starts, given, records, transactions, flags=ABOVE if above else BELOW)
    answers, response = records.answers, given.number[records.answers.row]
    before = np.cumsum(records.sizes) - records.sizes
    first = np.searchsorted(response, np.arange(given.count))
    questions = _question_sizes(given, records)
    at = before + (starts + questions - before[first])[response] if len(before) else before
    owner_at = at + np.where(records.written_out, records.owners.sizes[answers.row], POINTER)
    _write_owners(out, at, owner_at, starts, given, records)
    _write_fixed(out, owner_at, given, records)
    copy(out, owner_at + FIXED, records.rdata.octets, records.rdata.starts, records.rdata.sizes)
    return out


def _write_questions(
    out: Octets,
    starts: Ints,
    given: Responses,
    records: _Records,
    transactions: Ints,
    *,
    flags: int,
) -> None:
    section = given.section[records.answers.row]
    response = given.number[records.answers.row]
    counts = [
        np.bincount(response[section == each], minlength=given.count)
        for each in (ANSWER, AUTHORITY, ADDITIONAL)
    ]
    one = np.ones(given.count, np.int64)
    header = np.stack([transactions, flags * one, one, *counts], axis=1)
    out[starts[:, None] + np.arange(HEADER)] = _big_endian(header)
    asked = given.section == ANSWER
    sizes = records.owners.sizes[asked]
    copy(out, starts + HEADER, records.owners.octets, records.owners.starts[asked], sizes)
    first = np.cumsum(records.answers.counts) - 1  # the last value of a row has the type asked for
    ending = np.stack([records.kind[first[asked]], one], axis=1)
    at = starts + HEADER + sizes
    out[at[:, None] + np.arange(QUESTION_END)] = _big_endian(ending)


def _write_owners(
    out: Octets, at: Ints, owner_at: Ints, starts: Ints, given: Responses, records: _Records
) -> None:
    """Write each record's owner: as it is, or a pointer to where its name stood before."""
    answers, sizes = records.answers, records.owners.sizes
    whole = records.written_out
    row = answers.row[whole]
    copy(out, at[whole], records.owners.octets, records.owners.starts[row], sizes[row])
    start = starts[given.number[answers.row]]
    first = (np.cumsum(answers.counts) - answers.counts)[answers.row]
    asked = (given.section == ANSWER)[answers.row]
    of_row = np.where(asked, start + HEADER, at[first])
    owner = answers.owner
    target = np.where(owner >= 0, (owner_at + FIXED)[owner], of_row) - start
    pointer = (0xC000 | target[~whole])[:, None]
    out[at[~whole][:, None] + np.arange(POINTER)] = _big_endian(pointer)


def _write_fixed(out: Octets, owner_at: Ints, given: Responses, records: _Records) -> None:
    """Write each record's type, class, TTL and the size of its rdata."""
    ttl = given.rows.column("ttl").fill_null(0).to_numpy()[records.answers.row]
    ttl = ttl.clip(0, TTL_LIMIT)
    one = np.ones(len(ttl), np.int64)
    halves = np.stack([records.kind, one, ttl >> 16, ttl & 0xFFFF, records.rdata.sizes], axis=1)
    out[owner_at[:, None] + np.arange(FIXED)] = _big_endian(halves)


def _big_endian(values: Ints) -> Octets:
    """Return (rows, n) numbers as (rows, 2 n) octets in network order."""
    return np.ascontiguousarray(values.astype(">u2")).view(np.uint8)


def copy(out: Octets, at: Ints, source: Octets, starts: Ints, sizes: Ints) -> None:
    """Copy pieces of *source* to their places in *out*."""
    total = int(sizes.sum())
    if not total:
        return
    place = np.arange(total)
    before = np.cumsum(sizes) - sizes
    out[place + np.repeat(at - before, sizes)] = source[place + np.repeat(starts - before, sizes)]
