"""``POST /api/v1/observations``: DNS records as JSON lines, answered when they are committed."""

from __future__ import annotations

import asyncio
import dataclasses
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import orjson
import pyarrow as pa
from starlette.requests import Request
from starlette.responses import Response

from fluxhound.service.web.access import Doorkeeper
from fluxhound.service.web.asked import check_parameters
from fluxhound.service.web.backend import Backend
from fluxhound.service.web.body import Body, Limits, check_head
from fluxhound.service.web.problems import Problem
from fluxhound.service.web.repeats import (
    InFlight,
    earlier,
    position_name,
    remembered,
)
from fluxhound.service.web.tokens import Scope
from fluxhound.sources.chunk import read_chunk
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.live import Portion
from fluxhound.sources.tally import SAMPLES_PER_REASON, Tally

#: Seconds after which a sender that was turned away should come back.
SOON, LATER = "5", "60"
_SENSOR = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(slots=True)
class _Reading:
    """The records of one post, as far as they were read."""

    options: ReadOptions
    name: str | None  # under which the answer is kept, if the post has a key
    handed_over: bool = False  # whether it may be committed from now on
    format: Format | None = None
    batches: list[pa.RecordBatch] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)

    def add(self, chunk: bytes) -> None:
        """Read whole lines."""
        self.format, batches, tally = read_chunk(
            chunk, format=self.format, options=self.options, name="the post"
        )
        self.batches.extend(batches)
        add_tally(self.tally, tally)


class Observations:
    """The route that takes records in."""

    def __init__(
        self, backend: Backend, door: Doorkeeper, limits: Limits, clock: Callable[[], float]
    ) -> None:
        self._backend = backend
        self._door = door
        self._limits = limits
        self._clock = clock
        self._posts = 0
        self._in_flight = InFlight()
        # Threads of their own: a post that waits for the pipeline must not keep pages waiting.
        self._threads = ThreadPoolExecutor(limits.posts, thread_name_prefix="post")

    async def post(self, request: Request) -> Response:
        """Take the records of one post; answer 202 with the counts once they are committed."""
        self._door.admit(request, Scope.OBSERVE)
        check_parameters(request, ("sensor",))
        options = self._options(request)
        packed = check_head(request, self._limits)
        key = request.headers.get("idempotency-key")
        name = None if key is None else position_name(key)
        self._refuse_if_pressed()
        if self._posts >= self._limits.posts:
            raise busy("Too many posts at once.", SOON)
        reading = _Reading(options, name)
        if name is not None:
            self._in_flight.hold(name)
        self._posts += 1
        try:
            return await self._served(Body(request, packed=packed, limits=self._limits), reading)
        finally:
            self._posts -= 1
            if name is not None and not reading.handed_over:
                self._in_flight.release(name)

    async def _served(self, body: Body, reading: _Reading) -> Response:
        loop = asyncio.get_running_loop()
        name = reading.name
        known = name and await loop.run_in_executor(None, self._backend.position, name)
        first = True
        async for chunk in body.chunks():
            if first:
                check_lines(chunk)
                first = False
            await loop.run_in_executor(self._threads, reading.add, chunk)
        now = self._clock()
        answer = earlier(known, digest=body.digest, now=now)
        if answer is not None:
            return _accepted(answer, replayed=True)
        answer = counts(reading.tally)
        if name is not None:
            await self._commit(reading, {name: remembered(answer, digest=body.digest, now=now)})
        elif reading.tally.records:
            await self._commit(reading, {})
        return _accepted(answer)

    async def _commit(self, reading: _Reading, notes: Mapping[str, str]) -> None:
        """Hand over the portion and wait until it is committed.

        Raises:
            Problem: 503 if it was not, or not in time.
        """
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[Exception | None] = loop.create_future()

        def settle(error: Exception | None) -> None:
            if reading.name is not None:
                self._in_flight.release(reading.name)
            if not outcome.done():
                outcome.set_result(error)

        portion = Portion(
            batches=tuple(reading.batches),
            tally=reading.tally,
            notes=notes,
            done=lambda: _told(loop, settle, None),
            refused=lambda error: _told(loop, settle, error),
        )
        reading.handed_over = True
        try:
            async with asyncio.timeout(self._limits.commit_s):
                await loop.run_in_executor(self._threads, self._backend.outlet.put, portion)
                error = await outcome
        except TimeoutError as late:
            raise busy("The commit takes too long; it may still come.", SOON) from late
        if error is not None:
            raise busy("The records could not be stored, and were not counted.", LATER) from error

    def _refuse_if_pressed(self) -> None:
        pulse = self._backend.pulse()
        if pulse.disk_full:
            raise busy("The disk of the store is full.", LATER)
        if pulse.stopping:
            raise busy("The service is stopping.", LATER)
        if pulse.behind or self._backend.outlet.pressed:
            raise busy("The service is behind.", SOON)

    def _options(self, request: Request) -> ReadOptions:
        sensor = request.query_params.get("sensor")
        if sensor is None:
            return self._backend.options
        if not _SENSOR.fullmatch(sensor):
            raise Problem(400, "sensor: up to 64 letters, digits and . _ : @ -")
        return dataclasses.replace(self._backend.options, sensor=sensor)

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def check_lines(head: bytes) -> None:
    """Refuse what is not JSON lines from its first octet on.

    Raises:
        Problem: 415.
    """
    start = head.removeprefix(_BYTE_ORDER_MARK).lstrip()
    if start and not start.startswith(b"{"):
        raise Problem(415, "These are no JSON lines: each line must be one JSON object.")


def counts(tally: Tally) -> dict[str, object]:
    """Return what became of the records of a post; accepted ones may hold several RRsets."""
    rejected, passed_over = sum(tally.bad.values()), sum(tally.passed_over.values())
    return {
        "records": tally.records,
        "accepted": max(tally.records - rejected - passed_over, 0),
        "rejected": rejected,
        "passed_over": passed_over,
        "observations": tally.observations,
        "reasons": dict(tally.bad) | dict(tally.passed_over),
        "samples": {reason: list(samples) for reason, samples in tally.samples.items()},
    }


def add_tally(total: Tally, part: Tally) -> None:
    """Add the counts of a part to those of the whole."""
    total.records += part.records
    total.observations += part.observations
    total.bad.update(part.bad)
    total.passed_over.update(part.passed_over)
    for reason, samples in part.samples.items():
        kept = total.samples.setdefault(reason, [])
        kept.extend(samples[: SAMPLES_PER_REASON - len(kept)])


def busy(why: str, after: str) -> Problem:
    """Return the answer to a post that should be sent again later."""
    return Problem(503, f"{why} Send this again later.", headers={"Retry-After": after})


def _told(
    loop: asyncio.AbstractEventLoop,
    settle: Callable[[Exception | None], None],
    error: Exception | None,
) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(settle, error)


def _accepted(answer: object, *, replayed: bool = False) -> Response:
    headers = {"Idempotency-Replayed": "true"} if replayed else {}
    octets = orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE)
    return Response(octets, status_code=202, media_type="application/json", headers=headers)
