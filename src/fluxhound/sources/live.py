"""What a live input must offer: records that go on coming, in portions that can be committed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

from fluxhound.sources.tally import Tally

#: Reason under which an input counts the records that it left out because the service was behind.
SHED = "shed under load"

#: Rows of a portion's ``asked`` batches: who asked for a name, without saying what was answered.
ASKED = pa.schema(
    [
        pa.field("time", pa.float64(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("client", pa.string(), nullable=False),
        pa.field("count", pa.int64(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """What one input had to say at once: all of it is committed together, or none of it."""

    #: Rows in the schema ``OBSERVATION`` (optional columns may lack).
    batches: tuple[pa.RecordBatch, ...]
    #: The counts of this portion alone.
    tally: Tally
    #: Rows in the schema ``ASKED``, beyond the clients that the observations name themselves.
    asked: tuple[pa.RecordBatch, ...] = ()
    #: Where to go on after this portion, as text that only the input understands; ``None`` for
    #: inputs that cannot be read again.
    position: str | None = None
    #: Other texts that are committed with it and found again by their names.
    notes: Mapping[str, str] = field(default_factory=dict)
    #: Called when the portion was committed.
    done: Callable[[], None] | None = None
    #: Called instead of ``done`` when it could not be.
    refused: Callable[[Exception], None] | None = None


class Outlet(Protocol):
    """Where an input puts its portions."""

    def put(self, portion: Portion) -> None:
        """Hand over one portion; waits while the service is behind, which is the back-pressure."""

    @property
    def pressed(self) -> bool:
        """Tell whether the service has been behind for seconds.

        An input that cannot be read again then leaves out repeats of what it said a moment ago, and
        counts them under ``SHED``.
        """


#: States of an input, as they are shown and counted.
STARTING, RUNNING, SILENT, FAILING, ENDED = "starting", "running", "silent", "failing", "ended"
STATES = (STARTING, RUNNING, SILENT, FAILING, ENDED)


@dataclass(slots=True)
class Health:
    """How an input is: written by the input's thread, read by others."""

    state: str = STARTING
    #: One sentence, escaped, when the state is ``SILENT`` or ``FAILING``.
    error: str = ""
    #: Monotonic seconds of the last record; minus infinity if there was none.
    last_record: float = field(default=float("-inf"))
    connections: int = 0


class LiveInput(Protocol):
    """One source of records that go on coming."""

    #: Keeps its position under this name.
    name: str
    sensor: str | None
    #: Name of the format as in ``sniff``; "" as long as it is not recognised.
    format: str
    not_observable: tuple[str, ...]
    health: Health

    def run(self, outlet: Outlet, stop: threading.Event, position: str | None) -> None:
        """Read from *position* on until *stop* is set or the input is at its end.

        What can heal (a lost connection, a file that is not there yet) is tried again, and told in
        ``health``.

        Raises:
            FluxhoundError: a person must mend something.
        """
