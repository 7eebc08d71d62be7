"""Suricata's dns events in columns: responses whose answers hang together in the usual order.

Those are CNAMEs first, then the addresses of one family, or name servers; each record belongs to
the asked name or to what stands before it. All others are refused, and version 1 with them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fluxhound.sources.format import ReadOptions
from fluxhound.sources.jsonblock import Block, Ints, Mask
from fluxhound.sources.jsonfit import Fit
from fluxhound.sources.jsontemplate import Kind, Path, Template, element
from fluxhound.sources.octets import octets
from fluxhound.sources.outcome import (
    ERROR,
    NO_ADDRESS,
    NO_ANSWER,
    OTHER_EVENT,
    OTHER_TYPE,
    QUERY,
    sound_ttl,
)
from fluxhound.sources.quickcolumns import (
    agrees,
    batch,
    contains,
    is_root,
    numbers,
    times,
    usual_names,
)
from fluxhound.sources.stretches import Stretches, are_addresses, are_v6, equals, same, texts
from fluxhound.sources.tally import Tally

_ANSWERS: Path = ("dns", "answers")
_NAMES: tuple[Path, ...] = (("dns", "rrname"), ("dns", "queries", element(0), "rrname"))
_TEXT, _CONSTANT = frozenset({Kind.TEXT}), frozenset[Kind]()
_WANTED: dict[Path, frozenset[Kind]] = {
    ("timestamp",): _TEXT,
    ("event_type",): _CONSTANT,
    ("src_ip",): _TEXT,
    ("dest_ip",): _TEXT,
    ("src_port",): frozenset({Kind.NUMBER}),
    ("dest_port",): frozenset({Kind.NUMBER}),
    **{("dns", name): _CONSTANT for name in ("version", "type", "rcode", "aa", "ra")},
    **dict.fromkeys(_NAMES, _TEXT),
    _ANSWERS: frozenset({Kind.OBJECTS}),
    **{(*_ANSWERS, name): _TEXT for name in ("rrname", "rrtype", "rdata")},
    (*_ANSWERS, "ttl"): frozenset({Kind.NUMBER}),
}
_RECORD = ("rrname", "rrtype", "ttl", "rdata")
#: What makes a response one that is not read here: events of version 1, and other sections.
_ELSEWHERE = ("ttl", "rdata", "grouped", "authorities", "additionals")
_FEW = frozenset(
    {
        *("event_type", "proto", "app_proto", "in_iface", "pkt_src", "ip_v", "version", "type"),
        *("flags", "qr", "aa", "tc", "rd", "ra", "z", "opcode", "rcode", "rrtype"),
    }
)
_FEW_LENGTH = 16
_PORT = "53"
_TRUE = ("true", "t", "1")


class EveForm:
    """What is read of an EVE log's lines."""

    lists = frozenset({_ANSWERS})

    def constant(self, path: Path, text: bytes) -> bool:
        """Tell whether templates differ by the value at *path*."""
        if path in (("src_port",), ("dest_port",)):
            return text == _PORT.encode()
        return path[-1] in _FEW and len(text) <= _FEW_LENGTH

    def usable(self, template: Template) -> bool:
        """Tell whether its lines are passed over, or hold what a response should."""
        if not agrees(template, _WANTED):
            return False
        if _passed_over(template):
            return True
        paths, kinds = template.paths(), template.kinds()
        if any(path[:2] == ("dns", name) for path in paths for name in _ELSEWHERE):
            return False
        if _ANSWERS in kinds and not all((*_ANSWERS, name) in kinds for name in _RECORD):
            return False
        return ("timestamp",) in kinds and any(path in kinds for path in _NAMES)

    def rows(
        self, block: Block, fit: Fit, tally: Tally, options: ReadOptions
    ) -> tuple[pa.RecordBatch | None, Mask]:
        """Return the observations in *fit*, and which of its lines were accounted for."""
        if passed := _passed_over(fit.template):
            tally.pass_over(passed, len(fit.lines))
            return None, np.ones(len(fit.lines), bool)
        time, done = times(block, fit.values["timestamp",], Kind.TEXT)
        code = fit.template.constants.get(("dns", "rcode"))
        reason = ERROR if code not in (None, "NOERROR", "0") else NO_ANSWER
        if reason == ERROR or (*_ANSWERS, "rdata") not in fit.items:
            tally.pass_over(reason, int(done.sum()))
            return None, done
        records = _records(block, fit)
        return _answered(block, fit, records, tally, options, time, done)


def _passed_over(template: Template) -> str | None:
    """Return why lines of this template hold nothing for us, whatever else they hold."""
    constants = template.constants
    kind = constants.get(("dns", "type"))
    if constants.get(("event_type",)) not in (None, "dns") or kind is None:
        return OTHER_EVENT
    return None if kind in ("answer", "response") else QUERY


@dataclass(frozen=True, slots=True)
class _Records:
    """The answers of all lines, one after the other."""

    line: Ints  # number of its line in the fit
    firsts: Ints  # number of each line's first record
    four: Mask
    six: Mask
    server: Mask
    alias: Mask
    owner: Stretches
    value: Stretches
    ttl: Stretches

    @property
    def used(self) -> Mask:
        """Tell which are of the types that we use."""
        return self.four | self.six | self.server | self.alias

    def any(self, marked: Mask) -> Mask:
        """Tell for each line whether one of its records is marked."""
        found: Mask = np.logical_or.reduceat(marked, self.firsts)
        return found


def _records(block: Block, fit: Fit) -> _Records:
    owner, kind, ttl, value = (fit.items[*_ANSWERS, name].stretches for name in _RECORD)
    counts = fit.items[*_ANSWERS, "rrname"].counts
    four, six, server, alias = (
        equals(block.words, kind, name) for name in (b"A", b"AAAA", b"NS", b"CNAME")
    )
    return _Records(
        line=np.repeat(np.arange(len(counts)), counts),
        firsts=np.cumsum(counts) - counts,
        four=four,
        six=six,
        server=server,
        alias=alias,
        owner=owner,
        value=value,
        ttl=ttl,
    )


def _answered(
    block: Block,
    fit: Fit,
    records: _Records,
    tally: Tally,
    options: ReadOptions,
    time: NDArray[np.float64],
    done: Mask,
) -> tuple[pa.RecordBatch | None, Mask]:
    name = next(fit.values[path] for path in _NAMES if path in fit.values)
    four, six = records.any(records.four), records.any(records.six)
    server, alias = records.any(records.server), records.any(records.alias)
    kinds = four.astype(np.uint8) + six + server
    none = kinds == 0
    kept = (kinds == 1) & ~(server & alias) & ~is_root(block, name)
    kept &= ~records.any(~_sound(block, records) | ~_in_place(block, records, name))
    names, answers = texts(block.text, name), _joined(block, records)
    kept &= usual_names(name, names) & ~contains(answers, " ") & (_commas(records, answers))
    done = done & (none | kept)
    tally.pass_over(NO_ADDRESS, int((done & none & alias).sum()))
    tally.pass_over(OTHER_TYPE, int((done & none & ~alias).sum()))
    columns = {
        "time": pa.array(time),
        "name": names,
        "type": _TYPES.take(pa.array(np.where(server, 2, six))),
        "answers": answers,
        "ttl": _ttl(block, records),
        **_parties(block, fit, options),
    }
    return batch(columns, done & kept), done


_TYPES = pa.array(["A", "AAAA", "NS"])
_NAME_LIMIT = 1024


def _sound(block: Block, records: _Records) -> Mask:
    """Tell which records are as they should be: addresses of their type, names of usual length."""
    sound: Mask = (records.value.lengths > 0) & (records.value.lengths <= _NAME_LIMIT)
    for marked, are in ((records.four, are_addresses), (records.six, are_v6)):
        at = np.flatnonzero(marked)
        sound[at] &= are(block.words, records.value.of(at))
    return sound | ~records.used


def _in_place(block: Block, records: _Records, name: Stretches) -> Mask:
    """Tell which records belong to the asked name, or to what stands before them.

    After a CNAME its target may follow, after any record another one of its owner; a CNAME
    follows CNAMEs only.
    """
    first = np.zeros(len(records.line), bool)
    first[records.firsts] = True
    follows = records.alias[:-1] | ~records.alias[1:] | first[1:]
    good = same(block.words, records.owner, name.of(records.line))
    at = np.flatnonzero(~good & ~first)
    before, owner = records.value.of(at - 1), records.owner.of(at)
    target = records.alias[at - 1] & same(block.words, owner, before)
    good[at] = target | same(block.words, owner, records.owner.of(at - 1))
    good[1:] &= follows
    return good


def _joined(block: Block, records: _Records) -> pa.StringArray:
    """Return the used records of each line, joined by commas."""
    used = records.used
    values = texts(block.text, records.value.of(used))
    counts = np.add.reduceat(used, records.firsts, dtype=np.int64)
    offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
    return pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), values), ",")


def _commas(records: _Records, answers: pa.StringArray) -> Mask:
    """Tell which texts have a comma between two records only."""
    counts = np.add.reduceat(records.used, records.firsts, dtype=np.int64)
    between = np.maximum(counts - 1, 0)
    if np.count_nonzero(octets(answers) == ord(",")) == int(between.sum()):
        return np.ones(len(answers), bool)
    found: Mask = pc.count_substring(answers, ",").to_numpy() == between
    return found


def _ttl(block: Block, records: _Records) -> pa.Array:
    """Return the largest TTL of the addresses, or of the name servers."""
    ttl = np.where(records.alias | ~records.used, -1.0, numbers(block, records.ttl).to_numpy())
    return sound_ttl(pa.array(np.maximum.reduceat(ttl, records.firsts)))


def _parties(block: Block, fit: Fit, options: ReadOptions) -> dict[str, pa.Array]:
    """Return who asked and the vantage point: above a resolver (AA without RA) the asker."""
    constants = fit.template.constants
    source, target = (_party(block, fit, name) for name in ("src_ip", "dest_ip"))
    from_port, to_port = (constants.get((name,)) == _PORT for name in ("src_port", "dest_port"))
    asks = to_port if from_port != to_port else constants.get(("dns", "version")) != "3"
    client, server = (source, target) if asks else (target, source)
    truth = [(constants.get(("dns", flag)) or "").lower() in _TRUE for flag in ("aa", "ra")]
    sensor = client if truth == [True, False] else server
    if options.sensor is not None:
        sensor = pa.repeat(pa.scalar(options.sensor), len(fit.lines))
    return {"client": client, "sensor": sensor}


def _party(block: Block, fit: Fit, name: str) -> pa.Array:
    if (name,) in fit.values:
        return texts(block.text, fit.values[name,])
    return pa.nulls(len(fit.lines), pa.string())
