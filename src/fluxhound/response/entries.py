"""The nouns of a response: what is done about a name, and what a plan would change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Mode(StrEnum):
    """What becomes of queries, from least to most."""

    OBSERVE = "observe"  # nothing
    ALERT = "alert"  # nothing, but somebody is told
    LOG = "log"  # they are answered as ever and logged by the resolver
    BLOCK = "block"  # they are answered that there is nothing
    SINKHOLE = "sinkhole"  # they are answered with our own listener


#: Modes from least to most, for comparison by index.
MODES = tuple(Mode)

#: Modes that a resolver has to be told of.
PUBLISHED_MODES = frozenset({Mode.LOG, Mode.BLOCK, Mode.SINKHOLE})

#: Modes under which a client no longer gets the answer that it asked for.
CHANGING_MODES = frozenset({Mode.BLOCK, Mode.SINKHOLE})


class Trigger(StrEnum):
    """What of a query or an answer sets a rule off (the triggers of response policy zones)."""

    NAME = "name"  # the name that was asked for (QNAME)
    NSDNAME = "nsdname"  # the name of a name server of the zone that answers
    NSIP = "nsip"  # the address of such a name server
    ADDRESS = "address"  # an address in the answer (rpz-ip); never from DNS answers alone


class Answer(StrEnum):
    """How a query that set a rule off is answered."""

    NXDOMAIN = "nxdomain"
    NODATA = "nodata"
    ADDRESS = "address"  # with the addresses of ``Entry.target``
    CNAME = "cname"  # with an alias for the one name in ``Entry.target``
    PASS = "pass"  # noqa: S105 - no password: as if there were no rule; such entries go first


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One rule: which queries, how they are answered, why, by whom and until when.

    Times are UTC. ``(trigger, subject)`` is its key: there is at most one entry for each.
    """

    trigger: Trigger = Trigger.NAME
    #: A name without trailing dot (lower case, A-labels), or a network for NSIP and ADDRESS.
    subject: str
    #: The subject alone; otherwise the subject and every name below it.
    exact: bool
    mode: Mode
    answer: Answer
    #: Addresses for ``Answer.ADDRESS`` (IPv4 first, both in order), one name for ``Answer.CNAME``.
    target: tuple[str, ...] = ()
    finding: str  # the name of the finding
    reason: str  # one sentence
    owner: str  # who answers for it: an account, or "policy"
    added: datetime
    expires: datetime
    approved_by: str = ""  # "" waits for a person's approval and is not published

    @property
    def key(self) -> tuple[Trigger, str]:
        """Return what there is at most one entry for."""
        return self.trigger, self.subject

    @property
    def slot(self) -> tuple[Trigger, str, bool]:
        """Return its place: beside an entry in force, one more may wait that does more."""
        return self.trigger, self.subject, bool(self.approved_by)

    def in_force(self, now: datetime) -> bool:
        """Tell whether resolvers have to know of it at *now*: approved, not expired, published."""
        return bool(self.approved_by) and now < self.expires and self.published

    @property
    def published(self) -> bool:
        """Tell whether its mode or answer is something a resolver has to be told of."""
        return self.mode in PUBLISHED_MODES or self.answer is Answer.PASS


@dataclass(frozen=True, slots=True, kw_only=True)
class Brake:
    """One reason why an entry is refused."""

    id: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """Other registered domains that have something in common with a name: how many, and a few."""

    count: int = 0
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Blast:
    """What an entry would touch, from our own history. ``None`` means not observable."""

    subject: str
    #: Responses seen for the subject and the names below it.
    asked: int = 0
    #: Names at or below the subject that were asked for.
    names: int = 0
    #: Distinct clients that asked for them; a lower bound where the clients of a name are capped.
    clients: int | None = None
    #: Place of the registered domain by responses among all registered domains, 1 is the most.
    rank: int | None = None
    #: Registered domains there are in the history.
    ranked: int = 0
    aliased: Neighbours = Neighbours()  # their names are a CNAME to a name at or below the subject
    suffix: Neighbours = Neighbours()  # below the same private suffix (hosting, dynamic DNS)
    addresses: Neighbours = Neighbours()  # answered with one of its addresses
    servers: Neighbours = Neighbours()  # delegated to one of its name servers
    #: The name servers of its domain, as far as the traffic shows them.
    server_names: tuple[str, ...] = ()


class ChangeKind(StrEnum):
    """What a plan does with an entry, in the order in which it is done."""

    REMOVE = "remove"
    CHANGE = "change"
    RENEW = "renew"
    ADD = "add"


#: The order of kinds in a plan: what makes room comes first.
KINDS = tuple(ChangeKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One change that a plan would make; refused as soon as it has one brake."""

    kind: ChangeKind
    entry: Entry  # as it would be; as it is, for a removal
    before: Entry | None = None
    why: str = ""  # one sentence
    blast: Blast
    brakes: tuple[Brake, ...] = ()

    @property
    def waits(self) -> bool:
        """Tell whether it would be kept, but not published before a person approves it."""
        return not self.brakes and not self.entry.approved_by and self.kind is not ChangeKind.REMOVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would change, in order, and what was refused."""

    proposals: tuple[Proposal, ...]
    refused: tuple[Proposal, ...]
    made: datetime
    #: SHA-256 (hexadecimal) over the changes without times: equal for plans that do the same.
    digest: str

    @property
    def empty(self) -> bool:
        """Tell whether nothing would change."""
        return not self.proposals
