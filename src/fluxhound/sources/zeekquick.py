"""Zeek's JSON in columns: lines whose values have the usual kinds and need no escapes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from fluxhound.sources.format import ReadOptions
from fluxhound.sources.jsonblock import Block, Ints, Mask
from fluxhound.sources.jsonfit import Fit, Items
from fluxhound.sources.jsontemplate import Kind, Path, Template
from fluxhound.sources.outcome import (
    ERROR,
    NO_ADDRESS,
    NO_ANSWER,
    OTHER_LOG,
    OTHER_TYPE,
    ROOT,
    sound_ttl,
)
from fluxhound.sources.quickcolumns import (
    agrees,
    batch,
    contains,
    is_root,
    listed,
    numbers,
    times,
    usual_lists,
    usual_names,
)
from fluxhound.sources.stretches import Stretches, are_addresses, are_dotted, texts
from fluxhound.sources.tally import Tally

_TEXT, _CONSTANT = frozenset({Kind.TEXT}), frozenset[Kind]()
_ASKERS: tuple[Path, ...] = (("id.orig_h",), ("id_orig_h",), ("id", "orig_h"))
_SERVERS: tuple[Path, ...] = (("id.resp_h",), ("id_resp_h",), ("id", "resp_h"))
_WANTED: dict[Path, frozenset[Kind]] = {
    ("ts",): frozenset({Kind.NUMBER, Kind.TEXT}),
    ("query",): _TEXT,
    ("answers",): frozenset({Kind.TEXTS}),
    ("TTLs",): frozenset({Kind.NUMBERS}),
    **dict.fromkeys((*_ASKERS, *_SERVERS), _TEXT),
    **{(name,): _CONSTANT for name in ("_path", "qtype_name", "qtype", "rcode_name", "rcode")},
    **{(name,): _CONSTANT for name in ("AA", "RA")},
}
#: Values by which templates differ, for they have few.
_FEW = frozenset(
    {
        *("_path", "id.resp_p", "proto", "qclass", "qclass_name", "qtype", "qtype_name"),
        *("rcode", "rcode_name", "AA", "TC", "RD", "RA", "Z", "rejected"),
    }
)
_TYPES = {"1": "A", "28": "AAAA", "2": "NS", "255": "*"}
_USED = ("A", "AAAA", "NS", "*", "ANY")
_TRUE = ("true", "t", "1")
#: A value that is longer is none of few. Chosen, not measured.
_FEW_LENGTH = 16


class ZeekForm:
    """What is read of a Zeek log's lines."""

    lists: frozenset[Path] = frozenset()

    def constant(self, path: Path, text: bytes) -> bool:
        """Tell whether templates differ by the value at *path*."""
        return len(path) == 1 and path[0] in _FEW and len(text) <= _FEW_LENGTH

    def usable(self, template: Template) -> bool:
        """Tell whether a time and one name, asker and server are there, as what they should be."""
        kinds = template.kinds()
        alone = all(sum(path in kinds for path in paths) <= 1 for paths in (_ASKERS, _SERVERS))
        return alone and ("ts",) in kinds and ("query",) in kinds and agrees(template, _WANTED)

    def rows(
        self, block: Block, fit: Fit, tally: Tally, options: ReadOptions
    ) -> tuple[pa.RecordBatch | None, Mask]:
        """Return the observations in *fit*, and which of its lines were accounted for."""
        if _constant(fit.template, "_path") not in (None, "dns"):
            tally.pass_over(OTHER_LOG, len(fit.lines))
            return None, np.ones(len(fit.lines), bool)
        time, done = times(block, fit.values["ts",], fit.template.kinds()["ts",])
        reason = _reason(fit)
        if reason is not None:
            tally.pass_over(reason, int(done.sum()))
            return None, done
        return self._answered(block, fit, tally, options, time, done)

    def _answered(
        self, block: Block, fit: Fit, tally: Tally, options: ReadOptions, time: object, done: Mask
    ) -> tuple[pa.RecordBatch | None, Mask]:
        query, items = fit.values["query",], fit.items["answers",]
        firsts = np.cumsum(items.counts) - items.counts
        lasts = firsts + items.counts - 1
        where = Stretches(items.stretches.starts[firsts], items.stretches.ends[lasts])
        name, answers = texts(block.text, query), listed(block, items, where)
        four, strange = _dotted(block, items, firsts)
        six = contains(answers, ":")
        root = is_root(block, query)
        done = done & ~(four & six) & ~strange & (root | usual_names(query, name))
        done &= root | usual_lists(answers, items.counts)
        servers = _asked(fit.template) == "NS"
        held = np.ones(len(done), bool) if servers else four | six
        tally.pass_over(ROOT, int((done & root).sum()))
        tally.pass_over(NO_ADDRESS, int((done & ~root & ~held).sum()))
        columns = {
            "time": pa.array(time),
            "name": name,
            "type": pa.repeat("NS", len(done)) if servers else _FAMILY.take(pa.array(four * 1)),
            "answers": answers,
            "ttl": _ttl(block, fit),
            **_parties(block, fit, options),
        }
        return batch(columns, done & ~root & held), done


_FAMILY = pa.array(["AAAA", "A"])


def _constant(template: Template, name: str) -> str | None:
    return template.constants.get((name,))


def _asked(template: Template) -> str | None:
    number = _constant(template, "qtype")
    named = _constant(template, "qtype_name")
    return named if named is not None or number is None else _TYPES.get(number, number)


def _reason(fit: Fit) -> str | None:
    """Return why none of the lines holds an answer for us, or ``None``."""
    template = fit.template
    if _asked(template) not in _USED:
        return OTHER_TYPE
    named, code = _constant(template, "rcode_name"), _constant(template, "rcode")
    if (named if named is not None else code) not in (None, "NOERROR", "0"):
        return ERROR
    return None if ("answers",) in fit.items else NO_ANSWER


def _dotted(block: Block, items: Items, firsts: Ints) -> tuple[Mask, Mask]:
    """Tell which lists hold an IPv4 address, and which hold what only looks like one."""
    address = are_addresses(block.words, items.stretches)
    strange = are_dotted(block.words, items.stretches) & ~address
    return np.logical_or.reduceat(address, firsts), np.logical_or.reduceat(strange, firsts)


def _ttl(block: Block, fit: Fit) -> pa.Array:
    """Return the TTL of the last record: the addresses stand last."""
    items = fit.items.get(("TTLs",))
    if items is None:
        return pa.nulls(len(fit.lines), pa.int64())
    return sound_ttl(numbers(block, items.stretches.of(np.cumsum(items.counts) - 1)))


def _parties(block: Block, fit: Fit, options: ReadOptions) -> dict[str, pa.Array]:
    """Return who asked, and the vantage point: above a resolver (AA without RA) the asker."""
    client, server = (_party(block, fit, paths) for paths in (_ASKERS, _SERVERS))
    above = _is_true(fit.template, "AA") and not _is_true(fit.template, "RA")
    sensor = client if above else server
    if options.sensor is not None:
        sensor = pa.repeat(pa.scalar(options.sensor), len(fit.lines))
    return {"client": client, "sensor": sensor}


def _party(block: Block, fit: Fit, paths: tuple[Path, ...]) -> pa.Array:
    for path in paths:
        if path in fit.values:
            return texts(block.text, fit.values[path])
    return pa.nulls(len(fit.lines), pa.string())


def _is_true(template: Template, name: str) -> bool:
    return (_constant(template, name) or "").lower() in _TRUE
