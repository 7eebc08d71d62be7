"""Passive DNS (COF) in columns: lines with whole addresses and names, a count and two times."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.sources.format import ReadOptions
from fluxhound.sources.jsonblock import Block, Mask
from fluxhound.sources.jsonfit import Fit, Items
from fluxhound.sources.jsontemplate import Kind, Path, Template
from fluxhound.sources.outcome import OTHER_TYPE, ROOT
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
from fluxhound.sources.stretches import Stretches, are_addresses, are_v6, holds, texts
from fluxhound.sources.tally import Tally

_TEXT, _CONSTANT = frozenset({Kind.TEXT}), frozenset[Kind]()
_NUMBER = frozenset({Kind.NUMBER})
_WANTED: dict[Path, frozenset[Kind]] = {
    ("rrname",): _TEXT,
    ("rrtype",): _CONSTANT,
    ("rdata",): frozenset({Kind.TEXT, Kind.TEXTS}),
    ("time_first",): _NUMBER,
    ("time_last",): _NUMBER,
    ("count",): _NUMBER,
    ("sensor_id",): _TEXT,
}
#: Keys that say more than is read here: DNSDB's wrapper, and what a zone file said.
_ELSEWHERE = ("obj", "cond", "zone_time_first", "zone_time_last")
_FEW_LENGTH = 16
_USED = {"A": are_addresses, "AAAA": are_v6, "NS": None}
#: Separators in one text that make several of it (the comma apart).
_SEPARATORS = ";|"
_COUNT_LIMIT = 9e15


class CofForm:
    """What is read of lines of the Common Output Format."""

    lists: frozenset[Path] = frozenset()

    def constant(self, path: Path, text: bytes) -> bool:
        """Tell whether templates differ by the value at *path*."""
        return path == ("rrtype",) and len(text) <= _FEW_LENGTH

    def usable(self, template: Template) -> bool:
        """Tell whether it has what every line should have, and nothing that is read elsewhere."""
        kinds, paths = template.kinds(), template.paths()
        if any(path[0] in _ELSEWHERE for path in paths) or not agrees(template, _WANTED):
            return False
        needed = (("rrname",), ("rdata",), ("time_first",), ("time_last",))
        return all(path in kinds for path in needed)

    def rows(
        self, block: Block, fit: Fit, tally: Tally, options: ReadOptions
    ) -> tuple[pa.RecordBatch | None, Mask]:
        """Return the observations in *fit*, and which of its lines were accounted for."""
        first, sound = times(block, fit.values["time_first",], Kind.NUMBER)
        last, known = times(block, fit.values["time_last",], Kind.NUMBER)
        done = sound & known
        kind = (fit.template.constants.get(("rrtype",)) or "").upper()
        if kind not in _USED:
            tally.pass_over(OTHER_TYPE, int(done.sum()))
            return None, done
        name = fit.values["rrname",]
        names, root = texts(block.text, name), is_root(block, name)
        answers, usual = _answers(block, fit, kind)
        done &= root | (usual & usual_names(name, names))
        tally.pass_over(ROOT, int((done & root).sum()))
        columns = {
            "time": pa.array(np.minimum(first, last)),
            "name": names,
            "type": pa.repeat(kind, len(done)),
            "answers": answers,
            "sensor": _sensor(block, fit, options),
            "time_last": pa.array(np.maximum(first, last)),
            "count": _count(block, fit),
        }
        return batch(columns, done & ~root), done


def _answers(block: Block, fit: Fit, kind: str) -> tuple[pa.StringArray, Mask]:
    """Return the records of each line joined by commas, and which lines need no more care."""
    alone = fit.values.get(("rdata",))
    if alone is not None:
        items, where = Items(np.ones(len(fit.lines), np.int64), alone), alone
    else:
        items = fit.items["rdata",]
        lasts = np.cumsum(items.counts) - 1
        firsts = lasts - items.counts + 1
        where = Stretches(items.stretches.starts[firsts], items.stretches.ends[lasts])
    column = listed(block, items, where)
    usual = usual_lists(column, items.counts)
    for piece in _SEPARATORS:
        usual &= ~contains(column, piece)
    are = _USED[kind]
    some = items.stretches
    sound = some.lengths > 0 if are is None else are(block.words, some)
    sound &= ~holds(block.text, some.starts, b"[")
    return column, usual & np.logical_and.reduceat(sound, np.cumsum(items.counts) - items.counts)


def _sensor(block: Block, fit: Fit, options: ReadOptions) -> pa.Array:
    if options.sensor is not None:
        return pa.repeat(pa.scalar(options.sensor), len(fit.lines))
    if ("sensor_id",) in fit.values:
        return texts(block.text, fit.values["sensor_id",])
    return pa.nulls(len(fit.lines), pa.string())


def _count(block: Block, fit: Fit) -> pa.Array:
    """Return counts; null for what is none. A half goes to the even number, as in the engine."""
    if ("count",) not in fit.values:
        return pa.nulls(len(fit.lines), pa.int64())
    found = numbers(block, fit.values["count",])
    sound = pc.and_(pc.greater_equal(found, 1.0), pc.less(found, _COUNT_LIMIT))
    return pc.round(pc.if_else(sound, found, None), round_mode="half_to_even").cast(pa.int64())
