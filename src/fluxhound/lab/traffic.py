"""DNS traffic with known truth, generated piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.lab.parameters import Parameters, parameters, realistic
from fluxhound.lab.queries import ask
from fluxhound.lab.responses import address_rows, cached
from fluxhound.lab.sensor import Seen, aggregated, logged, lossy
from fluxhound.lab.servers import server_rows
from fluxhound.lab.setting import Setting
from fluxhound.lab.stage import Stage
from fluxhound.lab.truth import truth_table
from fluxhound.lab.vantage import Vantage
from fluxhound.lab.world import World
from fluxhound.records import OBSERVATION

__all__ = ["Setting", "Traffic", "Vantage", "generate", "realistic"]

#: Columns of a log, and of passive DNS.
LOGGED = ("time", "name", "type", "answers", "ttl", "client", "sensor")
AGGREGATED = ("time", "name", "type", "answers", "time_last", "count")

#: Rows of a batch that is cut from ordered traffic.
_BATCH = 100_000


@dataclass(frozen=True, slots=True)
class Traffic:
    """The traffic of one setting; batches are generated as they are asked for."""

    stage: Stage
    #: One row for each registered domain that may appear, in the schema TRUTH.
    truth: pa.Table = field(repr=False)

    @property
    def schema(self) -> pa.Schema:
        """Return the columns of the batches: some of OBSERVATION."""
        names = AGGREGATED if self.stage.setting.vantage.aggregated else LOGGED
        return pa.schema([OBSERVATION.field(name) for name in names])

    def batches(self, *, ordered: bool = False) -> Iterator[pa.RecordBatch]:
        """Yield the observations; *ordered* by time, for which all are held in memory."""
        if not ordered:
            yield from self._batches()
            return
        table = pa.Table.from_batches(self._batches(), self.schema)
        keys = [("time", "ascending"), ("name", "ascending"), ("type", "ascending")]
        yield from table.take(pc.sort_indices(table, keys)).to_batches(max_chunksize=_BATCH)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        setting = self.stage.setting
        for name in self.stage.archetypes():
            for seen in self._seen(name):
                left = lossy(seen, setting.vantage, setting.seed)
                if len(left):
                    yield self._written(left)

    def _seen(self, name: str) -> Iterator[Seen]:
        setting, given = self.stage.setting, self.stage.given
        for some, wanted in self.stage.chunks(name):
            queries = ask(wanted, setting.vantage, setting.days, given.demand, setting.until)
            if len(queries):
                found = cached(some, queries, setting.vantage)
                yield address_rows(self.stage.authority(some), found, setting.vantage)
                if setting.vantage.servers:
                    yield from server_rows(self.stage, some, found)

    def _written(self, seen: Seen) -> pa.RecordBatch:
        setting = self.stage.setting
        if setting.vantage.aggregated:
            columns = aggregated(seen, setting.start)
        else:
            columns = logged(seen, setting.start, setting.vantage, setting.seed)
        return pa.record_batch([columns[f.name] for f in self.schema], schema=self.schema)


def generate(
    setting: Setting, *, world: World | None = None, given: Parameters | None = None
) -> Traffic:
    """Return the traffic of a *setting*; open the *world* once where several are generated.

    Raises:
        ConfigurationError: The setting names what the parameters do not have.
    """
    stage = Stage.open(setting, world or World.open(), given or parameters())
    return Traffic(stage, truth_table(stage))
