"""What the organisation wants done about findings: rules, answers, expiry, ceilings, approvals."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import timedelta

from fluxhound.errors import ConfigurationError
from fluxhound.records import FLUX_VERDICTS, SEVERITIES, Finding, Severity, VerdictKind
from fluxhound.response.entries import MODES, Answer, Mode

#: Who answers for what nobody but the policy asked for.
POLICY = "policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Which findings lead to which mode: all of it must hold."""

    mode: Mode
    verdicts: frozenset[VerdictKind] = FLUX_VERDICTS
    severity: Severity = Severity.INFO  # this or a higher one
    flux: float = 0.0  # this score or a higher one, 0 to 1
    malice: float = 0.0

    def holds(self, finding: Finding) -> bool:
        """Tell whether *finding* is one that the rule is for."""
        return (
            finding.verdict in self.verdicts
            and SEVERITIES.index(finding.severity) >= SEVERITIES.index(self.severity)
            and finding.flux >= self.flux
            and finding.malice >= self.malice
        )


_CERTAIN = FLUX_VERDICTS - {VerdictKind.FLUX_SUSPECT}

#: The first rule that holds decides. Chosen, not measured: a name is blocked only if both scores
#: say so (a pool of volunteers' servers is all flux and no malice); what is certain flux without
#: a reason to think it hostile is logged.
RULES = (
    Rule(mode=Mode.SINKHOLE, verdicts=_CERTAIN, severity=Severity.HIGH, flux=0.9, malice=0.5),
    Rule(mode=Mode.BLOCK, verdicts=_CERTAIN, severity=Severity.MEDIUM, flux=0.9, malice=0.5),
    Rule(mode=Mode.LOG, verdicts=_CERTAIN, severity=Severity.MEDIUM),
    Rule(mode=Mode.ALERT),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What needs no person; off by default. All of it must hold."""

    automatic: bool = False
    flux: float = 0.99
    malice: float = 0.8
    #: At most so many of our clients asked for it. Chosen: more than that, and a person looks.
    clients: int = 20
    #: At least so many names are asked more often than it, together with the names below it.
    rank: int = 1000
    #: Also where no source shows the clients.
    unseen_clients: bool = False
    #: Rules of the log-only zone change no answer, so they need nobody.
    logging: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is done about findings. The default publishes nothing: its mode is ``alert``."""

    #: The most that is ever done, whatever a rule says.
    mode: Mode = Mode.ALERT
    rules: tuple[Rule, ...] = RULES
    #: How a blocked name is answered: ``Answer.NXDOMAIN`` or ``Answer.NODATA``.
    answer: Answer = Answer.NXDOMAIN
    #: Addresses of our own listener; without one, nothing is sinkholed.
    sinkhole: tuple[str, ...] = ()
    #: An alias to answer with in place of the addresses, such as the listener's own name.
    sinkhole_name: str = ""
    #: Both scores that blocking needs at least, whatever a rule says.
    least_flux: float = 0.5
    least_malice: float = 0.3
    #: After this an entry ends, unless the behaviour goes on.
    expiry: timedelta = timedelta(days=7)
    #: The behaviour goes on as long as it was seen within this.
    continuing: timedelta = timedelta(hours=24)
    #: What a person rejected or undid is not proposed again for this long.
    hold: timedelta = timedelta(days=30)
    #: Names of the organisation; with all below and above them they are never touched.
    own: tuple[str, ...] = ()
    #: Names that somebody listed as never to be touched, with all below them.
    never: tuple[str, ...] = ()
    #: Addresses of the resolvers and of their forwarders.
    resolvers: tuple[str, ...] = ()
    ceiling: int = 10_000  # entries in total, those that wait included
    ceiling_per_hour: int = 50  # entries added or raised
    #: Names of our own traffic that are never touched: of the most asked, at most so many, at most
    #: this share of all names, and only if at least so many clients asked. Chosen, not measured.
    top: int = 1000
    top_share: float = 0.02
    top_clients: int = 5
    #: Rules for name servers by name and by address, for double flux.
    nsdname: bool = False
    nsip: bool = False
    approval: Approval = Approval()
    #: Remove entries as soon as the behaviour is no finding any more, instead of letting them end.
    remove_ended: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be meant.

        Raises:
            ConfigurationError: a value makes no sense.
        """
        if self.answer not in {Answer.NXDOMAIN, Answer.NODATA}:
            raise ConfigurationError("[response] answer: blocked names get nxdomain or nodata.")
        for text in (*self.sinkhole, *self.resolvers):
            _check_address(text)
        if self.expiry <= timedelta() or self.ceiling < 0 or self.ceiling_per_hour < 0:
            raise ConfigurationError("[response] expiry and ceilings cannot be negative.")

    def mode_of(self, finding: Finding) -> Mode:
        """Return what is done about *finding*: the first rule that holds, if so much is allowed."""
        if not finding.finding:
            return Mode.OBSERVE
        wanted = next((rule.mode for rule in self.rules if rule.holds(finding)), Mode.OBSERVE)
        return self.allowed(wanted)

    def allowed(self, mode: Mode) -> Mode:
        """Return *mode*, or the most that is allowed; without a listener, a sinkhole is a block."""
        if mode is Mode.SINKHOLE and not (self.sinkhole or self.sinkhole_name):
            mode = Mode.BLOCK
        return least(mode, self.mode)

    def answer_in(self, mode: Mode) -> tuple[Answer, tuple[str, ...]]:
        """Return answer and target of an entry in *mode*; a logged name is answered as ever."""
        if mode is Mode.SINKHOLE and self.sinkhole_name:
            return Answer.CNAME, (self.sinkhole_name,)
        if mode is Mode.SINKHOLE:
            return Answer.ADDRESS, ordered_addresses(self.sinkhole)
        return (self.answer, ()) if mode is Mode.BLOCK else (Answer.PASS, ())


def least(one: Mode, other: Mode) -> Mode:
    """Return the lesser of two modes.

    >>> least(Mode.BLOCK, Mode.LOG).value
    'log'
    """
    return min(one, other, key=MODES.index)


def ordered_addresses(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return addresses in their one form, IPv4 first, each once.

    >>> ordered_addresses(("2001:DB8::1", "192.0.2.1"))
    ('192.0.2.1', '2001:db8::1')
    """
    found = {ipaddress.ip_address(text) for text in texts}
    return tuple(str(each) for each in sorted(found, key=lambda each: (each.version, int(each))))


def _check_address(text: str) -> None:
    try:
        ipaddress.ip_address(text)
    except ValueError as error:
        raise ConfigurationError(f"[response] {text!r} is no address.") from error
