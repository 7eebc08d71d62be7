"""The response of a running service: findings become a plan, the plan rules, the rules answers.

A thread of its own wakes when findings change: it lets entries run out, plans, applies what needs
no person (or is to wait for one), and makes the zones on the primary equal to the entries. Whatever
fails, nothing more is blocked than the register holds, and it is tried again.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import duckdb

from fluxhound.config import PublishSettings, ResponseSettings
from fluxhound.errors import ConfigurationError, FluxhoundError, UsageError
from fluxhound.records import Finding
from fluxhound.response.entries import Entry, Mode
from fluxhound.response.notifying import Notifier
from fluxhound.response.planning import passes
from fluxhound.response.policy import POLICY, Policy
from fluxhound.response.publishing import Primary, Published, Publisher, PublishError, read_key
from fluxhound.response.register import Register
from fluxhound.response.settings import policy_of
from fluxhound.response.setups.options import resolver_of
from fluxhound.response.zone import ZoneNames, wanted
from fluxhound.service.errand import MISHAPS

log = logging.getLogger(__name__)

#: How long the thread sleeps when nothing wakes it: entries run out by themselves. Chosen.
TICK_S = 5.0
#: The zones are read again this often, for what somebody else may have changed in them. Chosen.
THOROUGH_S = 600.0
#: Seconds until a primary that could not be reached is tried again, doubled up to the last. Chosen.
FIRST_PAUSE_S, LAST_PAUSE_S = 1.0, 30.0
#: What is said to whoever asks when it ends.
ENDING = "The service is ending. Ask again when it runs."
#: Modes that reach a resolver.
PUBLISHED = frozenset({Mode.LOG, Mode.BLOCK, Mode.SINKHOLE})

#: What somebody asks of the register while the service runs.
Ask = Callable[[Register, datetime], Any]


@dataclass(slots=True)
class _Request:
    ask: Ask
    done: threading.Event = field(default_factory=threading.Event)
    answer: Any = None
    error: FluxhoundError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseState:
    """How the response is."""

    entries: int = 0
    waiting: int = 0
    refused: int = 0
    published: Published | None = None
    error: str = ""


def publisher_of(settings: PublishSettings) -> tuple[Publisher, ZoneNames] | None:
    """Return what publishes, or ``None`` where no primary is named.

    Raises:
        ConfigurationError: the key is missing or cannot be read, or nobody can be told so.
    """
    if settings.primary is None:
        return None
    if settings.key_file is None:
        raise ConfigurationError("[publish] needs the key key_file: updates are signed.")
    host, _, port = settings.primary.rpartition(":")
    names = ZoneNames.below(settings.zone)
    key = read_key(settings.key_file, settings.key_name, settings.algorithm)
    primary = Primary(address=host.strip("[]"), port=int(port), key=key)
    try:
        resolvers = [resolver_of(text) for text in settings.notify]
        notifier = Notifier(resolvers, key)
    except UsageError as error:
        raise ConfigurationError(f"[publish] notify: {error}") from error
    return Publisher(primary, names, notifier=notifier), names


class Responder:
    """Keeps the register and the zones as the findings ask for, on a thread of its own."""

    def __init__(
        self,
        cursor: Callable[[], duckdb.DuckDBPyConnection],
        response: ResponseSettings,
        publish: PublishSettings,
        *,
        findings: Callable[[], Sequence[Finding]],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Take a *cursor* of the store, the settings, and what tells the *findings* that stand.

        Raises:
            ConfigurationError: a setting makes no sense.
        """
        self.policy: Policy = policy_of(response)
        self._cursor = cursor
        self._publisher = publisher_of(publish)
        self._findings = findings
        self._clock = clock
        self._requests: queue.SimpleQueue[_Request] = queue.SimpleQueue()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="respond", daemon=True)
        self._told = self._unpublished = ""
        self._retry_at = self._thorough_at = float("-inf")
        self._pause = FIRST_PAUSE_S
        self.state = ResponseState()

    @property
    def active(self) -> bool:
        """Tell whether anything can come of it: a mode that publishes."""
        return self.policy.mode in PUBLISHED

    def now(self) -> datetime:
        """Return what time it is for entries."""
        return self._clock()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout_s: float = 15.0) -> None:
        """End after what is being done; the zones stay as they are."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def wake(self) -> None:
        """Say that findings have changed."""
        self._wake.set()

    def ask(self, ask: Ask, *, timeout_s: float = 15.0) -> Any:
        """Let *ask* do something with the register, on its thread, and return its answer.

        Raises:
            FluxhoundError: what *ask* raised, or that there was no answer in time.
        """
        if self._stop.is_set():
            raise FluxhoundError(ENDING)
        request = _Request(ask)
        self._requests.put(request)
        self._wake.set()
        if not request.done.wait(timeout_s):
            raise FluxhoundError("The response did not answer in time. Try again.")
        if request.error:
            raise request.error
        return request.answer

    def _run(self) -> None:
        with self._cursor() as cursor:
            register = Register(cursor)
            while not self._stop.is_set():
                self._wake.wait(self._rest_s())
                self._wake.clear()
                try:
                    self.step(register)
                except MISHAPS as error:
                    self._tell(f"the response was put off: {error}")
        while not self._requests.empty():
            request = self._requests.get()
            request.error = FluxhoundError(ENDING)
            request.done.set()

    def _rest_s(self) -> float:
        """Return how long nothing is to be done: until the next tick, or a primary's next trial."""
        if not self._unpublished:
            return TICK_S
        return max(0.0, min(TICK_S, self._retry_at - time.monotonic()))

    def step(self, register: Register) -> None:
        """Answer what was asked, plan, apply and publish once."""
        while not self._requests.empty():
            self._answer(register, self._requests.get())
        now = self._clock()
        refused, unplanned = self.state.refused, ""
        try:
            refused = self._plan(register, now)
        except MISHAPS as error:  # what has run out must leave the zones all the same
            unplanned = str(error)
        entries = register.entries(now)
        published = self._publish(entries, now)
        fault = unplanned or self._unpublished
        if fault:
            self._tell(fault)
        elif self._told:
            log.warning("the response goes on.")
            self._told = ""
        self.state = ResponseState(
            entries=len(entries),
            waiting=sum(not each.approved_by for each in register.every()),
            refused=refused,
            published=published or self.state.published,
            error=fault,
        )

    def _plan(self, register: Register, now: datetime) -> int:
        """Let entries run out, plan and apply; return how many proposals the brakes refuse."""
        register.expire(now, POLICY, self.policy)
        if not (self.active or register.every()):
            return 0
        # Also where nothing is published any more: the plan then takes back what was.
        plan = register.propose(self._findings(), now, self.policy)
        if plan.proposals:
            applied = register.apply(plan, POLICY, now, self.policy)
            log.info("action %d: %d changes", applied.action, len(applied.changes))
        return len(plan.refused)

    def _answer(self, register: Register, request: _Request) -> None:
        try:
            request.answer = request.ask(register, self._clock())
        except FluxhoundError as error:
            request.error = error
        except duckdb.Error as error:
            request.error = FluxhoundError(f"The store did not take it ({error}).")
        except MISHAPS as error:
            request.error = FluxhoundError(f"It could not be done ({error}).")
        finally:
            request.done.set()

    def _publish(self, entries: Sequence[Entry], now: datetime) -> Published | None:
        """Make the zones equal to the entries; return what was done, or note what went wrong."""
        if self._publisher is None or time.monotonic() < self._retry_at:
            return None
        publisher, names = self._publisher
        thorough = time.monotonic() >= self._thorough_at
        records = wanted((*entries, *passes(self.policy, now)), names, now).records
        try:
            published = publisher.reconcile(records, thorough=thorough)
        except PublishError as error:
            self._retry_at = time.monotonic() + self._pause
            self._pause = min(self._pause * 2, LAST_PAUSE_S)
            self._thorough_at = float("-inf")
            self._unpublished = str(error)
            return None
        if thorough:
            self._thorough_at = time.monotonic() + THOROUGH_S
        self._pause = FIRST_PAUSE_S
        self._unpublished = ""
        if published.changed:
            log.info(
                "published: %d rules added, %d removed, in %.2f s",
                published.added,
                published.removed,
                published.seconds,
            )
        return published

    def _tell(self, sentence: str) -> None:
        """Say what is wrong, once."""
        if sentence != self._told:
            log.error("%s", sentence)
            self._told = sentence
